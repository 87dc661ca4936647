import t from 'tap'
import { findBlockedKeys } from '../../src/store/blocked-keys.js'
import { NOW, octets, openTestStore, sampleEvent } from '../support/store.js'

t.test('a blocked key is found with its first reason', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const ledger = await openLedger('w')
  const block = (reason: string) =>
    ledger.commit(sampleEvent('key'), { kind: 'keyBlocked', spkiSha256: octets('key'), reason, at: NOW })
  t.equal((await findBlockedKeys(pool, [octets('key').toString('hex')])).get(octets('key').toString('hex')), undefined)
  t.equal(await block('lost with the laptop'), 0)
  await block('once more')
  t.equal((await findBlockedKeys(pool, [octets('key').toString('hex')])).get(octets('key').toString('hex')), 'lost with the laptop')
  t.equal(await findBlockedKey(pool, octets('other key')), undefined)
})
