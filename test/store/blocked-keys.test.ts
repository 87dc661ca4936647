import t from 'tap'
import { findBlockedKeys } from '../../src/store/blocked-keys.js'
import { NOW, octets, openTestStore, sampleEvent } from '../support/store.js'

t.test('a blocked key is found with its first reason, beside keys that are not blocked', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const ledger = await openLedger('w')
  const block = (reason: string) =>
    ledger.commit(sampleEvent('key'), { kind: 'keyBlocked', spkiSha256: octets('key'), reason, at: NOW })
  const [key, other] = [octets('key').toString('hex'), octets('other key').toString('hex')]
  t.same([...(await findBlockedKeys(pool, [key]))], [])
  t.equal(await block('lost with the laptop'), 0)
  await block('once more')
  t.same([...(await findBlockedKeys(pool, [other, key]))], [[key, 'lost with the laptop']])
})
