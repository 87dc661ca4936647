/** Brings a database to the newest schema: forward only, one transaction per file, one migrator at a time. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { storeFailure } from './failure.js'
import { inTransaction, withSession } from './pool.js'

/** One file of `migrations/`: its name without `.sql`, and its text. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/** Key of the advisory lock that lets one migrator work at a time; any fixed number does. */
const MIGRATION_LOCK = 0x6c706b01

const NAME_FORM = /^\d{4}_[a-z_]+$/

/** A database that this program must not touch; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

/**
 * The migrations in a folder, in order.
 * @throws MigrationError when a name is not `NNNN_noun.sql` or a number is missing or given twice.
 */
export async function loadMigrations(folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  return Promise.all(
    files.map(async (file, index) => {
      const name = file.slice(0, -'.sql'.length)
      if (!NAME_FORM.test(name) || Number(name.slice(0, 4)) !== index + 1) {
        throw new MigrationError(`${file}: migrations are named NNNN_noun.sql and numbered 0001, 0002 … without a gap`)
      }
      return { name, sql: await readFile(join(folder, file), 'utf8') }
    }),
  )
}

/**
 * Applies what is missing and says what that was. Several at once wait for each other. What a crash leaves: whole
 * migrations, never half of one.
 * @throws MigrationError when an applied migration differs from its file, or the database is newer than the program;
 * CaError `database-unavailable`.
 */
export async function migrate(pool: pg.Pool, migrations: readonly Migration[]): Promise<{ applied: string[] }> {
  return withSession(pool, async (client) => {
    try {
      // Step 1: wait for our turn. The lock belongs to the session and goes with it.
      await checkServerVersion(client)
      await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
      await client.query(`create table if not exists schema_migrations (
        name text not null constraint schema_migrations_pkey primary key,
        sha256 bytea not null,
        applied_at timestamptz(3) not null default now())`)
      // Step 2: compare what the database has with what the program has.
      const present = await appliedMigrations(client)
      checkAgainst(present, migrations)
      // Step 3: apply the rest, each with its row in one transaction.
      const applied: string[] = []
      for (const { name, sql } of migrations.slice(present.length)) {
        await inTransaction(client, '', async () => {
          await client.query(sql)
          await client.query('insert into schema_migrations (name, sha256) values ($1, $2)', [name, checksum(sql)])
        })
        applied.push(name)
      }
      return { applied }
    } catch (error) {
      throw error instanceof MigrationError ? error : storeFailure(error)
    }
  })
}

/** Oldest PostgreSQL whose SQL we use and test on, as `server_version_num` says it. */
const OLDEST_SERVER = 150_000

/** @throws MigrationError that names both versions. */
export async function checkServerVersion(client: pg.ClientBase, oldest = OLDEST_SERVER): Promise<void> {
  const { rows } = await client.query<{ number: number; name: string }>(
    "select current_setting('server_version_num')::int as number, current_setting('server_version') as name",
  )
  const [server] = rows
  if (server === undefined || server.number >= oldest) return
  throw new MigrationError(
    `the database server is PostgreSQL ${server.name}, and ${Math.floor(oldest / 10_000)} is the oldest that works: point DATABASE_URL to a newer server, or unset it for the embedded one`,
  )
}

interface AppliedMigration {
  readonly name: string
  readonly sha256: Buffer
}

/** What the database says was applied, in order. */
export async function appliedMigrations(client: pg.ClientBase): Promise<AppliedMigration[]> {
  return (await client.query<AppliedMigration>('select name, sha256 from schema_migrations order by name')).rows
}

function checksum(sql: string): Buffer {
  return createHash('sha256').update(sql).digest()
}

function checkAgainst(present: readonly AppliedMigration[], migrations: readonly Migration[]): void {
  for (const [index, { name, sha256 }] of present.entries()) {
    const migration = migrations[index]
    if (migration === undefined) {
      throw new MigrationError(
        `the database has the migration ${name}, which this program does not know: start the newer program`,
      )
    }
    if (migration.name !== name) {
      throw new MigrationError(
        `the database has the migration ${name} where this program has ${migration.name}: they do not belong together`,
      )
    }
    if (!checksum(migration.sql).equals(sha256)) {
      throw new MigrationError(
        `${name}.sql was changed after it was applied: restore the file, and make the change in a new migration`,
      )
    }
  }
}
