import t from 'tap'
import { emptyHead } from '../../src/ca/audit-chain.js'
import { openSession } from '../../src/store/ledger-session.js'
import { NOW, openTestStore, sampleEvent } from '../support/store.js'

const writer = { id: 'w', startedAt: NOW, host: 'asa-lab', pid: 4711 }

t.test('a session notes who writes, once, and begins where the chain ends', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const first = await openSession(pool, writer, undefined)
  t.same(first.head, emptyHead('w'))
  t.ok(first.isOpen())
  const ended = new Promise((resolve) => first.client.once('end', resolve))
  first.discard()
  t.notOk(first.isOpen())
  await ended
  const ledger = await openLedger('w')
  await ledger.commit(sampleEvent('1'), { kind: 'none' })
  await ledger.close()
  const second = await openSession(pool, writer, undefined)
  t.same([second.head], ledger.heads())
  second.discard()
  const { rows } = await pool.query('select writer, started_at, host, pid from audit_writers')
  t.same(rows, [{ writer: 'w', started_at: NOW, host: 'asa-lab', pid: 4711 }])
})

t.test("while a writer's connection lives there is no second one, unless the first is given up", async (t) => {
  const { pool } = await openTestStore(t)
  const first = await openSession(pool, writer, undefined)
  t.teardown(() => first.discard())
  await t.rejects(openSession(pool, writer, undefined), { code: 'database-unavailable' })
  const ended = new Promise((resolve) => first.client.once('end', resolve))
  const second = await openSession(pool, writer, first.backend)
  await ended
  t.notOk(first.isOpen())
  t.ok(second.isOpen())
  second.discard()
})

t.test("a process of the server that is not this writer's is not ended", async (t) => {
  const { pool } = await openTestStore(t)
  const other = await openSession(pool, { ...writer, id: 'other' }, undefined)
  const session = await openSession(pool, writer, other.backend)
  t.same((await other.client.query('select 1 one')).rows, [{ one: 1 }])
  session.discard()
  other.discard()
})
