/** `restore`: a backup into an empty database, whole or not at all. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { BACKUP_TABLES, COPY_SETTINGS, columnsOf } from './backup.js'
import { BackupError, type BackupHeader, BackupReader, type BackupTable } from './backup-format.js'
import { translated } from './failure.js'
import { appliedMigrations } from './migrate.js'
import { inTransaction, withSession } from './pool.js'

/** Which backup was restored. */
export interface Restored {
  /** SHA-256 (hex) of the file, as `sha256sum` prints it. */
  readonly sha256: string
  /** When the last event in it was written; undefined: it has none. */
  readonly lastEventAt: Date | undefined
}

/**
 * Puts a backup into a migrated database that holds no rows. Every checksum is verified before anything is changed, and
 * again while the rows go in; all of it is one transaction.
 * @throws BackupError when the file is damaged, made by another version of the program, or the database holds rows;
 * CaError `database-unavailable`.
 */
export async function restore(pool: pg.Pool, file: string): Promise<Restored> {
  // Step 1: read the whole file once and compare every checksum. Nothing has been changed yet.
  const { header, counts } = await verifyBackup(file)
  const sha256 = createHash('sha256')
  for await (const octets of createReadStream(file)) sha256.update(octets)
  const lastEventAt = await withSession(pool, async (client) => {
    await translated(() => client.query(COPY_SETTINGS))
    return inTransaction(client, '', async () => {
      // Step 2: the database must be as the backup's was, and empty.
      await checkSchema(client, header, file)
      await checkSequences(client, header, file)
      await checkEmpty(client)
      // Step 3: the rows, checked once more on their way.
      await withReader(file, async (reader) => {
        await reader.header()
        for (const table of header.tables) await copyRows(client, reader, table)
        await reader.end()
      })
      // Step 4: the counts, and the sequences where they were, so that no id is given twice.
      await checkCounts(client, counts, file)
      for (const [name, value] of Object.entries(header.sequences))
        await translated(() => client.query('select setval($1, $2)', [name, value]))
      return (await client.query<{ at: Date | null }>('select max(at) at from audit_events')).rows[0]?.at ?? undefined
    })
  })
  return { sha256: sha256.digest('hex'), lastEventAt }
}

/**
 * Reads a backup through and compares every checksum.
 * @returns its header and the number of rows of each table.
 * @throws BackupError.
 */
async function verifyBackup(file: string): Promise<{ header: BackupHeader; counts: ReadonlyMap<string, number> }> {
  return withReader(file, async (reader) => {
    const header = await reader.header()
    checkShape(header, file)
    const counts = new Map<string, number>()
    for (const { name } of header.tables) {
      const rows = reader.rows(name)
      let step = await rows.next()
      while (step.done !== true) step = await rows.next()
      counts.set(name, step.value)
    }
    await reader.end()
    return { header, counts }
  })
}

async function withReader<T>(file: string, work: (reader: BackupReader) => Promise<T>): Promise<T> {
  const handle = await open(file, 'r')
  try {
    return await work(new BackupReader(handle, file))
  } finally {
    await handle.close()
  }
}

/** Names in a header go into statements, so they are compared with what we know before anything else. */
function checkShape(header: BackupHeader, file: string): void {
  const { migrations, tables, sequences }: { readonly [name in keyof BackupHeader]: unknown } = header
  const whole =
    isList(migrations, (each) => typeof each.name === 'string' && typeof each.sha256 === 'string') &&
    isList(tables, (each) => typeof each.name === 'string' && isTexts(each.columns)) &&
    isObject(sequences) &&
    isTexts(Object.values(sequences))
  if (!whole) throw malformed(file, 'its header is not what was written')
  if (header.tables.map((table) => table.name).join() !== BACKUP_TABLES.join()) {
    throw new BackupError(`${file} has other tables than this program: restore it with the version of the program that made it`)
  }
}

function isList(value: unknown, accepts: (each: Readonly<Record<string, unknown>>) => boolean): boolean {
  return Array.isArray(value) && value.every((each: unknown) => isObject(each) && accepts(each))
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(file: string, why: string): BackupError {
  return new BackupError(`${file} is not a whole backup of lab-pki: ${why}; nothing was restored, take another copy`)
}

/** A sequence that another program made, or one at its end, from which no further id comes, is none of ours. */
async function checkSequences(client: pg.Client, { sequences }: BackupHeader, file: string): Promise<void> {
  const text = 'select sequencename::text name from pg_sequences where schemaname = current_schema()'
  const { rows } = await translated(() => client.query<{ name: string }>(text))
  for (const [name, value] of Object.entries(sequences)) {
    if (!rows.some((row) => row.name === name)) throw malformed(file, 'it names a sequence that this database does not have')
    // Ids are JavaScript's numbers.
    if (!/^[1-9]\d{0,15}$/.test(value) || !Number.isSafeInteger(Number(value)))
      throw malformed(file, `the value of the sequence ${name} cannot be`)
  }
}

async function checkSchema(client: pg.Client, header: BackupHeader, file: string): Promise<void> {
  const present = await translated(() => appliedMigrations(client))
  const theirs = header.migrations.map(({ name, sha256 }) => `${name} ${sha256}`)
  const ours = present.map(({ name, sha256 }) => `${name} ${sha256.toString('hex')}`)
  if (theirs.join() === ours.join()) return
  const age = theirs.length > ours.length ? 'newer than' : theirs.length < ours.length ? 'older than' : 'other than'
  throw new BackupError(
    `${file} has a schema ${age} this database's (${theirs.at(-1)?.split(' ')[0]}, here ${ours.at(-1)?.split(' ')[0]}): ` +
      'restore it with the version of the program that made it; a newer program then migrates the database',
  )
}

async function checkEmpty(client: pg.Client): Promise<void> {
  for (const table of BACKUP_TABLES) {
    // Nobody may write between this look and the end; `share` still lets others read.
    await translated(() => client.query(`lock table ${table} in share row exclusive mode`))
    const { rowCount } = await translated(() => client.query(`select from ${table} limit 1`))
    if (rowCount !== 0) throw new BackupError(`the database is not empty (${table} has rows): restore into a new database`)
  }
}

async function copyRows(client: pg.Client, reader: BackupReader, { name, columns }: BackupTable): Promise<void> {
  const known = await translated(() => columnsOf(client, name))
  if (known.join() !== columns.join()) throw new BackupError(`the columns of ${name} are not those of this database`)
  const copy = client.query(copyFrom(`copy ${name} (${known.join(', ')}) from stdin`))
  try {
    await pipeline(Readable.from(reader.rows(name)), copy)
  } catch (error) {
    throw error instanceof BackupError ? error : await translated(() => Promise.reject(error))
  }
}

async function checkCounts(client: pg.Client, counts: ReadonlyMap<string, number>, file: string): Promise<void> {
  for (const [table, expected] of counts) {
    const { rows } = await translated(() => client.query<{ n: number }>(`select count(*) n from ${table}`))
    if (rows[0]?.n !== expected)
      throw new BackupError(`${table} has ${rows[0]?.n} rows where ${file} has ${expected}: nothing was restored`)
  }
}
