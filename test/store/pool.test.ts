import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { connect, inTransaction, openClient, withSession } from '../../src/store/pool.js'
import { rowsOf } from '../../src/store/query.js'
import { createPassableFolder, createTestDatabase } from '../support/database.js'

/** What a call may take when the database is away. */
const BOUND_MS = 2_000

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

t.test('ids are numbers, instants are dates, octets are buffers', async (t) => {
  const { pool } = connect(await createTestDatabase(t), () => {})
  t.teardown(() => pool.end())
  const rows = await rowsOf(pool, {
    text: `select 7::bigint id, timestamptz '2026-03-01T12:00:00.123Z' at, '\\x00ff'::bytea octets, null::text gone`,
    values: [],
  })
  t.same(rows, [{ id: 7, at: new Date('2026-03-01T12:00:00.123Z'), octets: Buffer.from([0, 255]) }])
})

t.test('a server that is not there is database-unavailable at once', async (t) => {
  const { pool } = connect({ host: await createPassableFolder(t), port: 5432, user: 'x', database: 'x' }, () => {})
  t.teardown(() => pool.end())
  const took = await elapsed(() =>
    t.rejects(rowsOf(pool, { text: 'select 1', values: [] }), {
      code: 'database-unavailable',
      detail: 'the database does not answer; try again in a few seconds',
    }),
  )
  t.ok(took < BOUND_MS, `${took} ms`)
  await t.rejects(
    withSession(pool, async () => 1),
    { code: 'database-unavailable' },
  )
})

t.test('a server that takes connections and says nothing is given up within two seconds', async (t) => {
  const silent = createServer()
  const folder = await createPassableFolder(t)
  silent.listen(join(folder, '.s.PGSQL.5432'))
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const { pool } = connect({ host: folder, port: 5432, user: 'x', database: 'x' }, () => {})
  const took = await elapsed(() => t.rejects(rowsOf(pool, { text: 'select 1', values: [] }), { code: 'database-unavailable' }))
  t.ok(took < BOUND_MS, `${took} ms`)
  await pool.end()
})

t.test('a statement that does not end is given up within two seconds, and the pool goes on', async (t) => {
  const { pool } = connect(await createTestDatabase(t), () => {})
  t.teardown(() => pool.end())
  const took = await elapsed(() =>
    t.rejects(rowsOf(pool, { text: 'select pg_sleep(30)', values: [] }), { code: 'database-unavailable' }),
  )
  t.ok(took < BOUND_MS, `${took} ms`)
  t.same(await rowsOf(pool, { text: 'select 1 one', values: [] }), [{ one: 1 }])
})

t.test('the loss of an idle connection is logged and the next call has another one', async (t) => {
  const log: string[] = []
  const { pool } = connect(await createTestDatabase(t), (level, message) => log.push(`${level} ${message}`))
  t.teardown(() => pool.end())
  const [row] = await rowsOf<{ pid: number }>(pool, { text: 'select pg_backend_pid() pid', values: [] })
  const removed = new Promise((resolve) => pool.once('remove', resolve))
  const client = await openClient(pool, {})
  await client.query('select pg_terminate_backend($1)', [row?.pid])
  await client.end()
  await removed
  t.same(log, ['warn an idle database connection was lost'])
  t.same(await rowsOf(pool, { text: 'select 1 one', values: [] }), [{ one: 1 }])
})

t.test('a session has no timeouts and the password of the pool', async (t) => {
  const { pool } = connect(await createTestDatabase(t), () => {})
  t.teardown(() => pool.end())
  const shown = await withSession(
    pool,
    async (client) => (await client.query(`select current_setting('statement_timeout') s`)).rows,
  )
  t.same(shown, [{ s: '0' }])
})

t.test('a transaction is rolled back when its work throws', async (t) => {
  const { pool } = connect(await createTestDatabase(t), () => {})
  t.teardown(() => pool.end())
  await withSession(pool, async (client) => {
    await client.query('create temporary table kept (n integer)')
    const failing = inTransaction(client, '', async () => {
      await client.query('insert into kept values (1)')
      throw new Error('no')
    })
    await t.rejects(failing, { message: 'no' })
    await inTransaction(client, '', () => client.query('insert into kept values (2)'))
    t.same((await client.query('select n from kept')).rows, [{ n: 2 }])
  })
})
