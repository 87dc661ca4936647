import t, { type Test } from 'tap'
import { inTransaction, withSession } from '../../src/store/pool.js'
import { findReplay, removeOldReplay, removeReplays } from '../../src/store/replays.js'
import { daysFromNow, NOW, octets, openTestStore, sampleEvent, sampleIssuance, sampleToken, seed } from '../support/store.js'

async function withAnswers(t: Test) {
  const store = await openTestStore(t)
  const ledger = await store.openLedger('w')
  const ids = await seed(ledger)
  const otherId = await ledger.commit(sampleEvent('other'), { kind: 'tokenCreated', token: sampleToken('other') })
  const answers = [
    { n: 1, tokenId: ids.tokenId, key: 'a', createdAt: daysFromNow(-2) },
    { n: 2, tokenId: ids.tokenId, key: 'b', createdAt: NOW },
    { n: 3, tokenId: otherId, key: 'b', createdAt: NOW },
  ]
  for (const { n, ...rest } of answers) {
    const replay = {
      ...rest,
      requestSha256: octets(`body ${n}`),
      status: 201,
      contentType: 'text/plain',
      body: Buffer.from([0, n]),
    }
    await ledger.commit(sampleEvent(String(n)), { ...sampleIssuance(n, ids), replay })
  }
  return { ...store, tokenId: ids.tokenId, otherId }
}

t.test('an answer is found by token and key, if it is not too old', async (t) => {
  const { pool, tokenId, otherId } = await withAnswers(t)
  t.same(await findReplay(pool, tokenId, 'b', NOW), {
    requestSha256: octets('body 2'),
    status: 201,
    contentType: 'text/plain',
    body: Buffer.from([0, 2]),
  })
  t.same((await findReplay(pool, otherId, 'b', NOW))?.body, Buffer.from([0, 3]))
  t.equal(await findReplay(pool, tokenId, 'a', daysFromNow(-1)), undefined)
  t.same((await findReplay(pool, tokenId, 'a', daysFromNow(-3)))?.body, Buffer.from([0, 1]))
  t.equal(await findReplay(pool, tokenId, 'c', NOW), undefined)
})

t.test('old answers are removed, all or those of one key', async (t) => {
  const { pool, tokenId } = await withAnswers(t)
  await withSession(pool, (client) => inTransaction(client, '', () => removeOldReplay(client, tokenId, 'b', NOW)))
  t.ok(await findReplay(pool, tokenId, 'b', NOW), 'not old')
  await withSession(pool, (client) => inTransaction(client, '', () => removeOldReplay(client, tokenId, 'b', daysFromNow(1))))
  t.equal(await findReplay(pool, tokenId, 'b', NOW), undefined)
  t.equal(await removeReplays(pool, daysFromNow(-1)), 1)
  t.equal(await removeReplays(pool, daysFromNow(-1)), 0)
  t.equal(await removeReplays(pool, daysFromNow(1)), 1)
})
