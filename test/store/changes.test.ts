import t from 'tap'
import { chainEvents, emptyHead } from '../../src/ca/audit-chain.js'
import { createdIds, isBatchable, writeAlone } from '../../src/store/changes.js'
import { withSession } from '../../src/store/pool.js'
import {
  NOW,
  openTestStore,
  sampleEvent,
  sampleIssuance,
  sampleIssuer,
  sampleToken,
  seed,
  serialOf,
  violated,
} from '../support/store.js'

t.test('issuances and bare events share a statement, every other change stands alone', async (t) => {
  t.ok(isBatchable({ kind: 'none' }))
  t.ok(isBatchable(sampleIssuance(1, { tokenId: 1, issuerId: 1 })))
  t.notOk(isBatchable({ kind: 'tokenRevoked', tokenId: 1, at: NOW }))
  t.notOk(isBatchable({ kind: 'issuersCreated', issuers: [] }))
})

t.test('a change and its event are written both or not at all', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const ledger = await openLedger('w')
  const ids = await seed(ledger)
  const [head] = ledger.heads()
  await withSession(pool, async (client) => {
    const [good, bad] = chainEvents(head ?? emptyHead('w'), [sampleEvent('good'), sampleEvent('bad')])
    if (!good || !bad) throw new Error('two links')
    const id = await writeAlone(client, good, sampleIssuance(1, ids), NOW)
    t.same(await createdIds(client, [sampleIssuance(1, ids), { kind: 'none' }]), [id, 0])
    t.equal(await violated(writeAlone(client, bad, sampleIssuance(1, ids), NOW)), 'certificates_serial_key')
    t.equal(await violated(writeAlone(client, good, { kind: 'tokenCreated', token: sampleToken('t') }, NOW)), 'audit_events_pkey')
  })
  const { rows } = await pool.query(`select (select count(*) from certificates) c, (select count(*) from audit_events) e,
    (select count(*) from tokens where name = 't') t`)
  t.same(rows, [{ c: 1, e: 3, t: 0 }])
})

t.test('what committed changes created is found afterwards', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const ledger = await openLedger('w')
  const ids = await seed(ledger)
  const certificateId = await ledger.commit(sampleEvent(serialOf(1)), sampleIssuance(1, ids))
  const found = await withSession(pool, (client) =>
    createdIds(client, [
      { kind: 'tokenCreated', token: sampleToken('asa-admin') },
      sampleIssuance(1, ids),
      { kind: 'issuersCreated', issuers: [sampleIssuer('root')] },
      { kind: 'tokenRevoked', tokenId: 1, at: NOW },
      sampleIssuance(2, ids),
    ]),
  )
  t.same(found, [ids.tokenId, certificateId, ids.issuerId, 0, 0])
})
