import t from 'tap'
import { listIssuers } from '../../src/store/issuers.js'
import { NOW, octets, openTestStore, sampleEvent, sampleIssuer } from '../support/store.js'

t.test("issuers are written together and listed oldest first; the id is the first one's", async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const ledger = await openLedger('w')
  t.same(await listIssuers(pool), [])
  const issuers = [sampleIssuer('root'), sampleIssuer('ca')]
  const id = await ledger.commit(sampleEvent('root ca'), { kind: 'issuersCreated', issuers })
  t.same(await listIssuers(pool), [
    { id, ...issuers[0], createdAt: NOW },
    { id: id + 1, ...issuers[1], createdAt: NOW },
  ])
})

t.test('a path has one active issuer, and may have retired ones', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const ledger = await openLedger('w')
  const commit = (...issuers: ReturnType<typeof sampleIssuer>[]) =>
    ledger.commit(sampleEvent('x'), { kind: 'issuersCreated', issuers })
  await commit(sampleIssuer('root'))
  await t.rejects(commit(sampleIssuer('ca'), sampleIssuer('root', { spkiSha256: octets('second key') })), {
    code: 'issuer-unavailable',
    detail: 'the database has an active issuer for this path already; retire it first',
  })
  t.equal((await listIssuers(pool)).length, 1, 'all or none')
  await commit(sampleIssuer('root', { spkiSha256: octets('old key'), state: 'retired' }))
  await t.rejects(commit(sampleIssuer('root', { state: 'retired' })), {
    code: 'issuer-unavailable',
    detail: 'the database has an issuer with this key already; use that issuer',
  })
})
