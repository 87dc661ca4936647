import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { BACKUP_TABLES, backup, columnsOf } from '../../src/store/backup.js'
import { connect, withSession } from '../../src/store/pool.js'
import { createPassableFolder } from '../support/database.js'
import { openTestStore, sampleEvent, sampleIssuance, seed } from '../support/store.js'

t.test('every table is in the backup, those that are referred to first', async (t) => {
  const { pool } = await openTestStore(t)
  const { rows } = await pool.query<{ name: string }>(
    `select tablename::text name from pg_tables where schemaname = current_schema() and tablename <> 'schema_migrations'`,
  )
  t.same(rows.map(({ name }) => name).sort(), [...BACKUP_TABLES].sort())
  const references = await pool.query<{ from: string; to: string }>(
    `select conrelid::regclass::text "from", confrelid::regclass::text "to" from pg_constraint where contype = 'f'`,
  )
  const tables: readonly string[] = BACKUP_TABLES
  const place = (name: string) => tables.indexOf(name)
  for (const { from, to } of references.rows) t.ok(place(to) < place(from), `${to} before ${from}`)
})

t.test('a backup is a 0600 file that appears whole and replaces an older one', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  await seed(await openLedger('w'))
  const folder = t.testdir({ backup: 'older', 'backup.partial': 'left by a crash' })
  const file = join(folder, 'backup')
  await backup(pool, file)
  t.equal((await stat(file)).mode & 0o777, 0o600)
  const lines = (await readFile(file, 'utf8')).split('\n')
  t.equal(lines[0], 'lab-pki backup 1')
  t.match(JSON.parse(lines[1] ?? ''), { tables: [{ name: 'issuers' }], sequences: { issuers_id_seq: '1', tokens_id_seq: '1' } })
  t.match(JSON.parse(lines.at(-2) ?? ''), { end: true })
  await t.rejects(stat(`${file}.partial`), { code: 'ENOENT' })
})

t.test('all tables are of one moment, while a ledger writes', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const ledger = await openLedger('w')
  const ids = await seed(ledger)
  const file = join(t.testdir({}), 'backup')
  let writing = true
  let n = 0
  const writers = Array.from({ length: 4 }, async () => {
    while (writing) {
      const next = ++n
      await ledger.commit(sampleEvent(String(next)), sampleIssuance(next, ids))
    }
  })
  while (n < 50) await new Promise((resolve) => setImmediate(resolve))
  await backup(pool, file)
  writing = false
  await Promise.all(writers)
  const counts = Object.fromEntries(
    (await readFile(file, 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('{"table"'))
      .map((line): [string, number] => {
        const { table, rows } = JSON.parse(line)
        return [table, rows]
      }),
  )
  t.ok((counts.certificates ?? 0) > 0)
  t.equal(counts.certificates, counts.requests)
  t.equal(counts.audit_events, (counts.certificates ?? 0) + 2)
})

t.test('without a database the older backup stays and nothing else is left', async (t) => {
  const { pool } = connect({ host: await createPassableFolder(t), port: 5432, user: 'x', database: 'x' }, () => {})
  t.teardown(() => pool.end())
  const file = join(t.testdir({}), 'backup')
  await writeFile(file, 'older')
  await t.rejects(backup(pool, file), { code: 'database-unavailable' })
  t.equal(await readFile(file, 'utf8'), 'older')
  await t.rejects(stat(`${file}.partial`), { code: 'ENOENT' })
})

t.test('a folder that is not there is the error of the system', async (t) => {
  const { pool } = await openTestStore(t)
  await t.rejects(backup(pool, join(t.testdir({}), 'no', 'backup')), { code: 'ENOENT' })
})

t.test('columns are listed in their order', async (t) => {
  const { pool } = await openTestStore(t)
  const columns = await withSession(pool, (client) => columnsOf(client, 'blocked_keys'))
  t.same(columns, ['spki_sha256', 'reason', 'created_at'])
})
