import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { appliedMigrations, checkServerVersion, loadMigrations, type Migration, migrate } from '../../src/store/migrate.js'
import { connect, withSession } from '../../src/store/pool.js'
import { createTestDatabase, MIGRATIONS } from '../support/database.js'
import { describeSchema } from '../support/schema.js'

const GOLDEN = new URL('../golden/schema.sql', import.meta.url)

const FIRST: Migration = { name: '0001_first', sql: 'create table first (id bigint constraint first_pkey primary key)' }
const SECOND: Migration = { name: '0002_second', sql: 'create table second (id bigint constraint second_pkey primary key)' }

/** A database without any table. */
async function emptyDatabase(t: Parameters<typeof createTestDatabase>[0]) {
  const { pool } = connect(await createTestDatabase(t), () => {})
  t.teardown(() => pool.end())
  await pool.query('drop schema public cascade; create schema public')
  return pool
}

const tables = async (pool: Awaited<ReturnType<typeof emptyDatabase>>) =>
  (
    await pool.query<{ name: string }>(`select tablename::text name from pg_tables where schemaname = 'public' order by 1`)
  ).rows.map((row) => row.name)

t.test('an empty database gets every migration, in order, and the schema is the golden one', async (t) => {
  const pool = await emptyDatabase(t)
  const migrations = await loadMigrations(MIGRATIONS)
  const { applied } = await migrate(pool, migrations)
  t.same(
    applied,
    migrations.map((migration) => migration.name),
  )
  const schema = await describeSchema(pool)
  // A reviewed change of the schema is written with UPDATE_GOLDEN=1.
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(GOLDEN, schema)
  t.equal(schema, readFileSync(GOLDEN, 'utf8'))
})

t.test('a database at the head is left as it is', async (t) => {
  const pool = await emptyDatabase(t)
  await migrate(pool, [FIRST, SECOND])
  const before = await withSession(pool, appliedMigrations)
  t.same(await migrate(pool, [FIRST, SECOND]), { applied: [] })
  t.same(await withSession(pool, appliedMigrations), before)
})

t.test('only what is missing is applied', async (t) => {
  const pool = await emptyDatabase(t)
  await migrate(pool, [FIRST])
  t.same(await migrate(pool, [FIRST, SECOND]), { applied: ['0002_second'] })
})

t.test('several migrators at once apply each migration once', async (t) => {
  const pool = await emptyDatabase(t)
  const migrations = await loadMigrations(MIGRATIONS)
  const results = await Promise.all(Array.from({ length: 4 }, () => migrate(pool, migrations)))
  t.same(
    results.flatMap((result) => result.applied),
    migrations.map((migration) => migration.name),
  )
})

t.test('a migration that fails leaves nothing of itself, and those before it stay', async (t) => {
  const pool = await emptyDatabase(t)
  const broken: Migration = { name: '0002_broken', sql: 'create table half (id bigint); select no_such_function()' }
  await t.rejects(migrate(pool, [FIRST, broken]), { code: 'internal', detail: 'the database refused a statement' })
  t.same(await tables(pool), ['first', 'schema_migrations'])
  t.same(await migrate(pool, [FIRST, SECOND]), { applied: ['0002_second'] })
})

t.test('a file that was changed after it was applied is refused', async (t) => {
  const pool = await emptyDatabase(t)
  await migrate(pool, [FIRST])
  await t.rejects(migrate(pool, [{ ...FIRST, sql: `${FIRST.sql} ` }, SECOND]), {
    name: 'MigrationError',
    message: '0001_first.sql was changed after it was applied: restore the file, and make the change in a new migration',
  })
  t.same(await tables(pool), ['first', 'schema_migrations'])
})

t.test('a database newer than the program is refused', async (t) => {
  const pool = await emptyDatabase(t)
  await migrate(pool, [FIRST, SECOND])
  await t.rejects(migrate(pool, [FIRST]), {
    message: 'the database has the migration 0002_second, which this program does not know: start the newer program',
  })
})

t.test('a database of something else is refused', async (t) => {
  const pool = await emptyDatabase(t)
  await migrate(pool, [FIRST])
  await t.rejects(migrate(pool, [{ ...SECOND, name: '0001_other' }]), {
    message: 'the database has the migration 0001_first where this program has 0001_other: they do not belong together',
  })
})

t.test('a folder whose files are not numbered without a gap is refused', async (t) => {
  const gap = t.testdir({ '0001_a.sql': '', '0003_c.sql': '' })
  await t.rejects(loadMigrations(gap), {
    message: '0003_c.sql: migrations are named NNNN_noun.sql and numbered 0001, 0002 … without a gap',
  })
  const named = t.testdir({ 'first.sql': '' })
  await t.rejects(loadMigrations(named), {
    message: 'first.sql: migrations are named NNNN_noun.sql and numbered 0001, 0002 … without a gap',
  })
})

t.test('every constraint and index has a name of ours', async (t) => {
  const pool = await emptyDatabase(t)
  await migrate(pool, await loadMigrations(MIGRATIONS))
  const { rows } = await pool.query<{ name: string }>(`
    select conname::text name from pg_constraint
    where connamespace = 'public'::regnamespace and contype not in ('n', 't') and conname ~ '_(check|fkey|key)[0-9]+$|_check$'`)
  t.same(rows, [], 'none was named by PostgreSQL')
})

t.test('a server that is too old is told by both versions, before anything is changed', async (t) => {
  const { pool } = connect(await createTestDatabase(t), () => {})
  t.teardown(() => pool.end())
  await withSession(pool, async (client) => {
    await checkServerVersion(client)
    await t.rejects(checkServerVersion(client, 990_000), {
      name: 'MigrationError',
      message:
        /^the database server is PostgreSQL \d+\S*.*, and 99 is the oldest that works: point DATABASE_URL to a newer server, or unset it for the embedded one$/,
    })
  })
})
