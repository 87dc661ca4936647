import t from 'tap'
import { hasHistory, listAudit, listAuditStatement, readAuditHeads, readAuditTrail } from '../../src/store/audit.js'
import { fillTables } from '../support/many-rows.js'
import { explain } from '../support/query-plan.js'
import { NOW, openTestStore, sampleEvent, seed } from '../support/store.js'

const seconds = (n: number): Date => new Date(NOW.getTime() + n * 1_000)

t.test('the trail is listed newest first over all writers, in pages of any size', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const [one, two] = [await openLedger('one'), await openLedger('two')]
  for (let n = 1; n <= 6; n++) {
    await (n % 2 === 0 ? one : two).commit(
      { ...sampleEvent(String(n), { n, ok: true, none: null, 'ü"\\': 'x' }), at: seconds(n >> 1) },
      { kind: 'none' },
    )
  }
  const whole = (await listAudit(pool, { limit: 100 })).items
  t.same(
    whole.map((event) => event.object),
    // At one instant by the writers' names: `two` wrote the odd ones.
    ['6', '5', '4', '3', '2', '1'],
  )
  t.match(whole[0], {
    writer: 'one',
    sequence: 3,
    actor: 'asa-admin',
    action: 'certificate.issued',
    detail: { n: 6, ok: true, none: null, 'ü"\\': 'x' },
  })
  for (let limit = 1; limit <= 6; limit++) {
    const paged: string[] = []
    let cursor: string | undefined
    do {
      const page = await listAudit(pool, { limit, ...(cursor === undefined ? {} : { cursor }) })
      paged.push(...page.items.map((event) => event.object))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    t.same(
      paged,
      whole.map((event) => event.object),
      `limit ${limit}`,
    )
  }
  await t.rejects(listAudit(pool, { limit: 1, cursor: 'bm8' }), { code: 'query-invalid' })
})

t.test('the whole trail is read writer by writer, in order, however long it is', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const ledger = await openLedger('b')
  await openLedger('a').then((other) => other.commit(sampleEvent('x'), { kind: 'none' }))
  await Promise.all(Array.from({ length: 1_500 }, (_, n) => ledger.commit(sampleEvent(String(n)), { kind: 'none' })))
  await Promise.all(Array.from({ length: 1_000 }, (_, n) => ledger.commit(sampleEvent(String(n)), { kind: 'none' })))
  const read: string[] = []
  for await (const { writer, sequence } of readAuditTrail(pool)) read.push(`${writer} ${sequence}`)
  t.same(read, ['a 1', ...Array.from({ length: 2_500 }, (_, n) => `b ${n + 1}`)])
})

t.test('heads are those of the writers that wrote since', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const [old, recent] = [await openLedger('old'), await openLedger('recent')]
  await old.commit({ ...sampleEvent('1'), at: seconds(-100) }, { kind: 'none' })
  await recent.commit({ ...sampleEvent('2'), at: seconds(-100) }, { kind: 'none' })
  await recent.commit({ ...sampleEvent('3'), at: seconds(1) }, { kind: 'none' })
  t.same(await readAuditHeads(pool, NOW), recent.heads())
  t.equal((await readAuditHeads(pool, seconds(-100))).length, 2)
})

t.test('no list reads the trail from end to end', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  await fillTables(pool, await seed(await openLedger('w')), 10_000)
  t.same(await explain(pool, listAuditStatement([], 51)), { scanned: [], indexes: ['audit_events_at_writer_sequence_idx'] })
  t.same(await explain(pool, listAuditStatement([NOW, 'w', 5_000], 51)), {
    scanned: [],
    indexes: ['audit_events_at_writer_sequence_idx'],
  })
})

t.test('the trail is append-only', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  await seed(await openLedger('w'))
  const refused = { message: 'the audit trail is append-only' }
  for (const table of ['audit_events', 'audit_writers']) {
    await t.rejects(pool.query(`update ${table} set writer = writer`), refused, `update ${table}`)
    await t.rejects(pool.query(`delete from ${table}`), refused, `delete from ${table}`)
    await t.rejects(pool.query(`truncate ${table} cascade`), refused, `truncate ${table}`)
  }
})

t.test('a database has a history from its first event or issuer on', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const ledger = await openLedger('w')
  t.equal(await hasHistory(pool), false, 'a writer alone is none')
  await seed(ledger)
  t.equal(await hasHistory(pool), true)
  await pool.query('alter table audit_events disable trigger all; delete from audit_events')
  t.equal(await hasHistory(pool), true, 'also when its events were taken away')
})
