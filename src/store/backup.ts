/** `backup`: the whole database as of one moment, in one file. */
import { constants } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { type BackupHeader, type BackupTable, BackupWriter } from './backup-format.js'
import { storeFailure, translated } from './failure.js'
import { appliedMigrations } from './migrate.js'
import { inTransaction, withSession } from './pool.js'

/** Every table, in an order in which their rows can be put back: what is referred to comes first. */
export const BACKUP_TABLES = [
  'issuers',
  'tokens',
  'requests',
  'certificates',
  'certificate_names',
  'audit_writers',
  'audit_events',
  'crls',
  'idempotency_keys',
  'blocked_keys',
] as const

/** Only its owner reads a backup: it holds token hashes and everybody's requests. */
const BACKUP_MODE = 0o600

/** Makes COPY's text the same whatever the server's settings are. */
export const COPY_SETTINGS =
  "set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set bytea_output = 'hex'; set client_encoding = 'UTF8'"

/**
 * Writes a backup to the file (0600), which appears under its name when it is complete and on the disk, and not before;
 * a crash leaves `FILE.partial`. All tables are read in one repeatable-read snapshot beside a running service.
 * @throws CaError `database-unavailable`; the system's error when the file cannot be written.
 */
export async function backup(pool: pg.Pool, file: string): Promise<void> {
  const partial = `${file}.partial`
  await rm(partial, { force: true })
  const out = await open(partial, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, BACKUP_MODE)
  try {
    await withSession(pool, (client) => writeSnapshot(client, new BackupWriter(out)))
    await out.sync()
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  } finally {
    await out.close()
  }
  await rename(partial, file)
  await syncFolder(dirname(file))
}

async function writeSnapshot(client: pg.Client, writer: BackupWriter): Promise<void> {
  await translated(() => client.query(COPY_SETTINGS))
  await inTransaction(client, 'isolation level repeatable read read only', async () => {
    const header = await translated(() => describe(client))
    await writer.header(header)
    for (const table of header.tables) {
      writer.beginTable(table.name)
      const rows = client.query(copyTo(`copy ${table.name} (${table.columns.join(', ')}) to stdout`))
      for await (const octets of readable(rows)) await writer.rows(octets)
      await writer.endTable()
    }
    await writer.end()
  })
}

/** The driver's errors in the stream become the domain's; those of writing the file pass. */
async function* readable(rows: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* rows
  } catch (error) {
    throw storeFailure(error)
  }
}

async function describe(client: pg.Client): Promise<BackupHeader> {
  const migrations = await appliedMigrations(client)
  const tables: BackupTable[] = []
  for (const name of BACKUP_TABLES) tables.push({ name, columns: await columnsOf(client, name) })
  return {
    migrations: migrations.map(({ name, sha256 }) => ({ name, sha256: sha256.toString('hex') })),
    tables,
    sequences: await sequenceValues(client),
  }
}

/** The columns of a table in their order. */
export async function columnsOf(client: pg.ClientBase, table: string): Promise<string[]> {
  const text = `
    select attname::text from pg_attribute
    where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`
  return (await client.query<{ attname: string }>(text, [table])).rows.map((row) => row.attname)
}

/** Last values of the sequences that were used. */
async function sequenceValues(client: pg.ClientBase): Promise<Record<string, string>> {
  const text = `
    select sequencename::text name, last_value::text value from pg_sequences
    where schemaname = current_schema() and last_value is not null order by sequencename`
  const { rows } = await client.query<{ name: string; value: string }>(text)
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
