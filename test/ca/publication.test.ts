import t from 'tap'
import type { Issuer } from '../../src/ca/issuer.js'
import { type CrlSchedule, createPublisher, crlDates, nextCrlNumber, OFFLINE_ROOT_SCHEDULE } from '../../src/ca/publication.js'
import { CaError } from '../../src/errors.js'
import { fixedClock } from '../support/fixed-world.js'
import { issuerOf, testRoot } from '../support/issuance.js'
import { createMemoryStore } from '../support/memory-store.js'
import { OPENSSL, runReader } from '../support/second-reader.js'

const HOUR_MS = 3600 * 1000
const DAY_MS = 24 * HOUR_MS
/** A list a week, three days to mend a failure, clients' clocks ten minutes behind. */
const WEEKLY: CrlSchedule = { periodMs: 7 * DAY_MS, overlapMs: 72 * HOUR_MS, backdateMs: 600_000 }

/** now → thisUpdate, nextPublish, nextUpdate; the CA is valid from 2027-03-01T12:00:00Z on, or long before. */
const DATES: readonly (readonly [why: string, now: string, thisUpdate: string, nextPublish: string, nextUpdate: string])[] = [
  ['plain', '2027-06-01T12:00:00.000Z', '2027-06-01T11:50:00Z', '2027-06-08T12:00:00Z', '2027-06-11T12:00:00Z'],
  ['parts of a second', '2027-06-01T12:00:00.999Z', '2027-06-01T11:50:00Z', '2027-06-08T12:00:00Z', '2027-06-11T12:00:00Z'],
  ['a February of 28 days', '2030-02-25T12:00:00Z', '2030-02-25T11:50:00Z', '2030-03-04T12:00:00Z', '2030-03-07T12:00:00Z'],
  ['a leap day between', '2028-02-25T12:00:00Z', '2028-02-25T11:50:00Z', '2028-03-03T12:00:00Z', '2028-03-06T12:00:00Z'],
  ['made on a leap day', '2028-02-29T00:05:00Z', '2028-02-28T23:55:00Z', '2028-03-07T00:05:00Z', '2028-03-10T00:05:00Z'],
  ['over the end of 2049', '2049-12-28T00:00:00Z', '2049-12-27T23:50:00Z', '2050-01-04T00:00:00Z', '2050-01-07T00:00:00Z'],
  ['backdated into 2049', '2050-01-01T00:05:00Z', '2049-12-31T23:55:00Z', '2050-01-08T00:05:00Z', '2050-01-11T00:05:00Z'],
  ['the CA began now', '2027-03-01T12:00:00Z', '2027-03-01T12:00:00Z', '2027-03-08T12:00:00Z', '2027-03-11T12:00:00Z'],
  ['it began 3 min ago', '2027-03-01T12:03:00Z', '2027-03-01T12:00:00Z', '2027-03-08T12:03:00Z', '2027-03-11T12:03:00Z'],
  ['it began 10 min ago', '2027-03-01T12:10:00Z', '2027-03-01T12:00:00Z', '2027-03-08T12:10:00Z', '2027-03-11T12:10:00Z'],
  ['a second more', '2027-03-01T12:10:01Z', '2027-03-01T12:00:01Z', '2027-03-08T12:10:01Z', '2027-03-11T12:10:01Z'],
]

t.test('dates are as AD CS computes them: backdated, though never before the CA; an overlap behind the next one', async (t) => {
  for (const [why, now, thisUpdate, nextPublish, nextUpdate] of DATES) {
    const expected = { thisUpdate: new Date(thisUpdate), nextPublish: new Date(nextPublish), nextUpdate: new Date(nextUpdate) }
    t.same(crlDates(new Date(now), WEEKLY, new Date('2027-03-01T12:00:00Z')), expected, why)
  }
})

t.test('a root that signs only a CA publishes for a year, its next list due 60 days ahead', async (t) => {
  const dates = crlDates(new Date('2027-01-01T00:00:00Z'), { ...OFFLINE_ROOT_SCHEDULE, backdateMs: 0 }, new Date(0))
  t.equal(dates.nextUpdate.toISOString(), '2028-01-01T00:00:00.000Z')
  t.equal(dates.nextUpdate.getTime() - dates.nextPublish.getTime(), 60 * DAY_MS)
})

t.test('the number is the Unix time, or one more than the last where that is not behind it', async (t) => {
  const now = new Date('2027-03-01T12:00:00.999Z')
  const seconds = 1_803_902_400n
  t.equal(nextCrlNumber(undefined, now), seconds)
  t.equal(nextCrlNumber(1n, now), seconds)
  t.equal(nextCrlNumber(seconds - 1n, now), seconds)
  t.equal(nextCrlNumber(seconds, now), seconds + 1n, 'twice in a second')
  t.equal(nextCrlNumber(seconds + 5_000_000n, now), seconds + 5_000_001n, 'a number from the future came with a backup')
  t.equal(nextCrlNumber(2n ** 150n, now), 2n ** 150n + 1n, 'beyond what a number holds exactly')
})

async function world(signing: 'signer' | 'no signer' = 'signer') {
  const root = await testRoot('ca-p256')
  const issuer: Issuer = signing === 'signer' ? root : issuerOf('root', root.certificateDer, undefined)
  const store = createMemoryStore()
  const time = fixedClock('2027-03-01T12:00:00Z')
  const deps = { clock: time.clock, register: store.register, ledger: store.ledger, schedule: () => WEEKLY }
  return { root, store, time, deps, publisher: createPublisher({ ...deps, issuers: [issuer] }) }
}

t.test('the first refresh publishes with one event, the next ones when the time has come', async (t) => {
  const { store, time, publisher } = await world()
  await publisher.refresh()
  const first = await publisher.crl('root')
  t.equal(first?.number, 1_803_902_400n)
  t.match(store.audit, [
    {
      actor: 'system',
      action: 'crl.published',
      object: 'root',
      detail: { number: '1803902400', nextUpdate: '2027-03-11T12:00:00.000Z' },
    },
  ])
  t.same(publisher.health(), { failed: [], warnings: [] })
  time.set('2027-03-08T11:59:59Z')
  await publisher.refresh()
  t.equal(await publisher.crl('root'), first, 'a second before it is due')
  time.set('2027-03-08T12:00:00Z')
  await publisher.refresh()
  t.equal((await publisher.crl('root'))?.number, 1_804_507_200n)
  t.equal(store.audit.length, 2)
})

t.test('openssl reads a list over the turn of 2049', async (t) => {
  const { time, publisher } = await world()
  time.set('2049-12-28T00:00:00Z')
  await publisher.refresh()
  const { crlDer = Buffer.alloc(0) } = (await publisher.crl('root')) ?? {}
  const read = runReader(t, OPENSSL, ['crl', '-inform', 'DER', '-noout', '-text'], { input: crlDer })
  if (read) t.match(read.stdout, /Last Update: Dec 27 23:50:00 2049 GMT\n +Next Update: Jan {2}7 00:00:00 2050 GMT/)
})

t.test('a restored number from the future is followed by the next one', async (t) => {
  const { root, store, time, deps, publisher } = await world()
  await publisher.refresh()
  const kept = await publisher.crl('root')
  if (!kept) throw new Error('no CRL')
  const event = { at: time.clock(), actor: 'x', action: 'crl.imported', object: 'root', detail: {} }
  await store.ledger.commit(event, { kind: 'crlPublished', crl: { ...kept, number: 9_000_000_000n } })
  time.set('2027-03-09T00:00:00Z')
  const restarted = createPublisher({ ...deps, issuers: [root] })
  await restarted.refresh()
  t.equal((await restarted.crl('root'))?.number, 9_000_000_001n)
})

t.test('a list that another process published is taken up and not published again', async (t) => {
  const { root, store, time, deps, publisher } = await world()
  await publisher.refresh()
  time.set('2027-03-09T00:00:00Z')
  const other = createPublisher({ ...deps, issuers: [root] })
  await other.refresh()
  await publisher.refresh()
  t.same(await publisher.crl('root'), await other.crl('root'))
  t.equal(store.audit.length, 2)
})

t.test('without its key an issuer publishes nothing, and says what to do when its list draws to an end', async (t) => {
  const { root, store, time, deps, publisher } = await world('no signer')
  await publisher.refresh()
  t.equal(await publisher.crl('root'), undefined)
  t.equal(store.audit.length, 0)
  t.same(publisher.health(), { failed: ['the CRL of root is missing'], warnings: [] })

  await createPublisher({ ...deps, issuers: [root] }).refresh()
  await publisher.refresh()
  t.same(publisher.health(), { failed: [], warnings: [] })
  time.set('2027-03-08T12:00:00Z')
  t.same(publisher.health(), {
    failed: [],
    warnings: [
      'the CRL of root ends 2027-03-11T12:00:00.000Z: sign a new one where its key is (`root sign-crl`) and bring it here (`root import-crl`)',
    ],
  })
})

t.test('a list that is late is a warning, one past its end is a failure', async (t) => {
  const { time, publisher } = await world()
  await publisher.refresh()
  time.set('2027-03-11T11:59:59Z')
  t.same(publisher.health(), {
    failed: [],
    warnings: ['the CRL of root should have been published again at 2027-03-08T12:00:00.000Z and ends 2027-03-11T12:00:00.000Z'],
  })
  time.set('2027-03-11T12:00:00Z')
  t.same(publisher.health(), { failed: ['the CRL of root is past its nextUpdate'], warnings: [] })
})

t.test('what is published answers from memory while the database is away', async (t) => {
  const { root, store, time, deps } = await world()
  const away = new CaError('database-unavailable', 'the database is away; try again in a few seconds')
  let reachable = true
  const latestCrl = async (id: number) => {
    if (!reachable) throw away
    return store.register.latestCrl(id)
  }
  const publisher = createPublisher({ ...deps, register: { ...store.register, latestCrl }, issuers: [root] })
  await publisher.refresh()
  const kept = await publisher.crl('root')
  reachable = false
  time.set('2027-03-09T00:00:00Z')
  await t.rejects(publisher.refresh(), away)
  t.equal(await publisher.crl('root'), kept)
  t.equal(publisher.certificate('root'), root.certificateDer)
  t.same(publisher.chain(), [root.certificateDer])
  t.equal(publisher.caName, 'lab-PKI-CA')
})

t.test('a list that could not be written down is not given out', async (t) => {
  const { store, publisher } = await world()
  store.failWith = new CaError('audit-unavailable', 'the audit trail cannot be written')
  await t.rejects(publisher.refresh(), { code: 'audit-unavailable', detail: 'the audit trail cannot be written' })
  t.equal(await publisher.crl('root'), undefined)
})

t.test('two tiers publish both chains; an issuer that is not there has neither certificate nor list', async (t) => {
  const { root, deps, publisher } = await world()
  t.equal(publisher.certificate('ca'), undefined)
  t.equal(await publisher.crl('ca'), undefined)
  const issuing: Issuer = { ...(await testRoot('ca-p384')), id: 2, slug: 'ca' }
  const both = createPublisher({ ...deps, issuers: [issuing, root] })
  t.same(both.chain(), [issuing.certificateDer, root.certificateDer])
  await both.refresh()
  t.ok((await both.crl('ca'))?.crlDer.includes(issuing.keyIdentifier))
  t.ok((await both.crl('root'))?.crlDer.includes(root.keyIdentifier))
  t.throws(() => createPublisher({ ...deps, issuers: [] }), { code: 'issuer-unavailable', detail: 'there is no issuer' })
})
