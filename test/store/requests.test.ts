import t, { type Test } from 'tap'
import type { RequestFilter } from '../../src/ca/ports.js'
import { findRequest, listRequests, listRequestsStatement, takeRequestIds } from '../../src/store/requests.js'
import { fillTables } from '../support/many-rows.js'
import { explain } from '../support/query-plan.js'
import { openTestStore, sampleEvent, sampleIssuance, sampleToken, seed, serialOf } from '../support/store.js'

async function fourRequests(t: Test) {
  const store = await openTestStore(t)
  const ledger = await store.openLedger('w')
  const ids = await seed(ledger)
  const otherId = await ledger.commit(sampleEvent('other'), { kind: 'tokenCreated', token: sampleToken('other') })
  await ledger.commit(sampleEvent('1'), sampleIssuance(1, ids))
  await ledger.commit(sampleEvent('2'), sampleIssuance(2, ids, { tokenId: otherId, requester: 'other' }))
  await ledger.commit(sampleEvent('3'), sampleIssuance(3, ids, { template: 'VPNGateway' }))
  const issuance = sampleIssuance(4, ids)
  const request = {
    ...issuance.request,
    trustpoint: 'LAB_PKI',
    comment: 'the edge, "south" \\ 北',
    ignored: [{ oid: '2.5.29.37', name: 'extKeyUsage', reason: 'decided by the template' }],
    warnings: [{ code: 'sha1-request' as const, detail: 'SHA-1' }],
    nextSteps: ['paste it', 'b'],
  }
  await ledger.commit(sampleEvent('4'), { ...issuance, request })
  const list = async (filter: RequestFilter) => (await listRequests(store.pool, filter, { limit: 100 })).items.map(({ id }) => id)
  return { ...store, otherId, request, list }
}

t.test('a request is found with all that was stored and the serial that was issued for it', async (t) => {
  const { pool, request } = await fourRequests(t)
  t.same(await findRequest(pool, 4), { ...request, serial: serialOf(4) })
  t.notOk('comment' in ((await findRequest(pool, 1)) ?? {}), 'what was not given is not there')
  t.equal(await findRequest(pool, 99), undefined)
})

t.test('each filter of the list selects what it says, newest first, in pages of any size', async (t) => {
  const { pool, list, otherId } = await fourRequests(t)
  t.same(await list({}), [4, 3, 2, 1])
  t.same(await list({ tokenId: otherId }), [2])
  t.same(await list({ requester: 'other' }), [2])
  t.same(await list({ template: 'VPNGateway' }), [3])
  t.same(await list({ status: 'issued' }), [4, 3, 2, 1])
  t.same(await list({ status: 'denied' }), [])
  const first = await listRequests(pool, {}, { limit: 3 })
  t.same(
    first.items.map(({ id }) => id),
    [4, 3, 2],
  )
  const second = await listRequests(pool, {}, { limit: 3, ...(first.nextCursor ? { cursor: first.nextCursor } : {}) })
  t.match(second, { items: [{ id: 1 }], nextCursor: undefined })
  await t.rejects(listRequests(pool, {}, { limit: 3, cursor: 'x' }), { code: 'query-invalid' })
})

t.test('no list reads a table from end to end', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  await fillTables(pool, await seed(await openLedger('w')), 30_000)
  const filters: readonly RequestFilter[] = [
    {},
    { tokenId: 3 },
    { tokenId: 99 },
    { requester: 'token-3' },
    { requester: 'nobody' },
    { template: 'VPNGateway' },
    { template: 'none' },
    { status: 'issued' },
    { status: 'denied' },
    { status: 'pending' },
    { tokenId: 3, status: 'denied', template: 'WebServer' },
  ]
  for (const filter of filters) {
    for (const before of [undefined, 15_000]) {
      const { scanned, indexes } = await explain(pool, listRequestsStatement(filter, before, 51))
      t.same(scanned, [], `${JSON.stringify(filter)}: ${indexes.join()}`)
    }
  }
})

t.test('ids come from the sequence, ascending', async (t) => {
  const { pool } = await openTestStore(t)
  t.same(await takeRequestIds(pool, 3), [1, 2, 3])
  t.same(await takeRequestIds(pool, 2), [4, 5])
})

t.test('what was asked is fixed, and issued stays issued', async (t) => {
  const { pool } = await fourRequests(t)
  const refused = { message: 'a request is fixed once submitted; only its status changes, and an issued one stays issued' }
  await t.rejects(pool.query(`update requests set csr_der = '\\x00'`), refused)
  await t.rejects(pool.query(`update requests set status = 'denied' where id = 1`), refused)
})
