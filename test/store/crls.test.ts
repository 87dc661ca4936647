import t from 'tap'
import { latestCrl } from '../../src/store/crls.js'
import { daysFromNow, NOW, octets, openTestStore, sampleEvent, seed } from '../support/store.js'

t.test('the latest CRL is the one with the highest number, also beyond 2^53', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const ledger = await openLedger('w')
  const { issuerId } = await seed(ledger)
  const crl = (number: bigint) => ({
    issuerId,
    number,
    thisUpdate: NOW,
    nextPublish: daysFromNow(1),
    nextUpdate: daysFromNow(7),
    crlDer: octets(`crl ${number}`),
  })
  const publish = (number: bigint) => ledger.commit(sampleEvent('root'), { kind: 'crlPublished', crl: crl(number) })
  t.equal(await latestCrl(pool, issuerId), undefined)
  t.equal(await publish(9n), 0)
  await publish(10n)
  t.same(await latestCrl(pool, issuerId), crl(10n))
  const large = 2n ** 53n + 1n
  await publish(large)
  t.same(await latestCrl(pool, issuerId), crl(large))
  for (const number of [large, 11n]) {
    await t.rejects(publish(number), {
      code: 'internal',
      detail: `a CRL with the number ${number} or a higher one is published already`,
    })
  }
  t.match(ledger.heads(), [{ sequence: 5 }], 'a refusal leaves no event')
})

t.test('a published CRL is never changed', async (t) => {
  const { pool } = await openTestStore(t)
  await t.rejects(pool.query('update crls set number = number + 1'), { message: 'a published CRL is never changed' })
})
