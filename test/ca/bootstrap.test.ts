import { createHash, createPublicKey, X509Certificate } from 'node:crypto'
import t from 'tap'
import { type CaPlan, openCa } from '../../src/ca/bootstrap.js'
import { parseDistinguishedName } from '../../src/ca/name.js'
import { CaError } from '../../src/errors.js'
import { fixedClock, seededRandom } from '../support/fixed-world.js'
import { createMemoryStore, memoryCabinet } from '../support/memory-store.js'

const NOW = '2027-03-01T12:00:00Z'

function world(plan: Partial<CaPlan> = {}) {
  const store = createMemoryStore()
  const cabinet = memoryCabinet()
  const deps = {
    clock: fixedClock(NOW).clock,
    random: seededRandom('bootstrap'),
    register: store.register,
    ledger: store.ledger,
    cabinet,
    plan: {
      tiers: 1 as const,
      keyKind: 'p256' as const,
      rootSubject: parseDistinguishedName('CN=lab-PKI-CA'),
      rootDays: 3650,
      issuingSubject: parseDistinguishedName('CN=lab-PKI-Issuing-CA'),
      issuingDays: 1825,
      notAfterCap: new Date('2038-01-19T03:14:07Z'),
      publicUrl: 'http://pki.lab.example',
      ...plan,
    },
  }
  return { store, cabinet, deps }
}

t.test('a first start makes one self-signed root, a day old, and settles its key', async (t) => {
  const { store, cabinet, deps } = world()
  const { issuers, created } = await openCa(deps)
  t.equal(created, true)
  t.equal(issuers.length, 1)
  const root = new X509Certificate(issuers[0]?.certificateDer ?? '')
  t.equal(root.subject, 'CN=lab-PKI-CA')
  t.ok(root.checkIssued(root))
  t.ok(root.ca)
  t.equal(new Date(root.validFrom).toISOString(), '2027-02-28T12:00:00.000Z')
  t.equal(new Date(root.validTo).toISOString(), '2037-02-25T11:59:59.000Z')
  t.same(
    cabinet.keys.map((key) => key.settled),
    [true],
  )
  t.same(
    store.audit.map((event) => event.action),
    ['issuer.created'],
  )
})

t.test('the root ends before the cap', async (t) => {
  const { deps } = world({ rootDays: 9000 })
  const { issuers } = await openCa(deps)
  t.equal(issuers[0]?.notAfter.toISOString(), '2038-01-19T03:14:06.000Z')
})

t.test('a second start finds the same root and makes nothing', async (t) => {
  const { store, deps } = world()
  const first = await openCa(deps)
  const second = await openCa(deps)
  t.equal(second.created, false)
  t.same(second.issuers[0]?.certificateDer, first.issuers[0]?.certificateDer)
  t.equal(store.audit.length, 1)
})

t.test('two tiers: the issuing CA stands first and is signed by the root', async (t) => {
  const { deps } = world({ tiers: 2 })
  const { issuers } = await openCa(deps)
  t.same(
    issuers.map((issuer) => issuer.slug),
    ['ca', 'root'],
  )
  const [ca, root] = issuers.map((issuer) => new X509Certificate(issuer.certificateDer))
  t.ok(root && ca?.checkIssued(root) && ca.verify(root.publicKey))
})

t.test('a crash between key file and row: the next start takes the same key up', async (t) => {
  const { store, cabinet, deps } = world()
  store.failWith = new CaError('database-unavailable', 'gone')
  await t.rejects(openCa(deps), { code: 'database-unavailable' })
  t.equal(cabinet.keys.length, 1, 'the key is there, unsettled')
  store.failWith = undefined
  const { issuers } = await openCa(deps)
  t.equal(cabinet.keys.length, 1, 'no second key')
  const key = cabinet.keys[0]?.key
  const spki = key && createPublicKey(key).export({ type: 'spki', format: 'der' })
  t.same(issuers[0]?.signer?.spkiDer, spki)
})

t.test('a database whose issuer has no key here stops the start, and no second root is made', async (t) => {
  const { store, cabinet, deps } = world()
  const { issuers } = await openCa(deps)
  const spki = issuers[0]?.signer?.spkiDer ?? Buffer.alloc(0)
  cabinet.keys.length = 0
  await t.rejects(openCa(deps), {
    code: 'issuer-unavailable',
    detail: `the key of issuer root (SHA-256 of its public key ${createHash('sha256').update(spki).digest('hex')}) is not in LAB_PKI_DATA: copy the key file of the server that has it; no second CA is made`,
  })
  t.equal((await store.register.listIssuers()).length, 1)
  t.equal(cabinet.keys.length, 0)
})

t.test('a key that no issuer row names stops the start, with an empty database and with another CA', async (t) => {
  const one = world()
  await openCa(one.deps)
  const other = world()
  other.cabinet.keys.push(...one.cabinet.keys)
  await t.rejects(openCa(other.deps), {
    code: 'issuer-unavailable',
    detail:
      "the key root.key belongs to a CA that this database does not know: restore the database's backup, or point LAB_PKI_DATA to an empty folder for a new CA",
  })
  const third = world()
  await openCa(third.deps)
  third.cabinet.keys.push(...one.cabinet.keys)
  await t.rejects(openCa(third.deps), {
    code: 'issuer-unavailable',
    detail:
      "no issuer of this database has the key root.key: DATABASE_URL or LAB_PKI_DATA points to another CA's; put the two that belong together, or move the file away",
  })
})

t.test('the root of two tiers may keep its key elsewhere; whoever issues may not', async (t) => {
  const { cabinet, deps } = world({ tiers: 2 })
  await openCa(deps)
  const rootKey = cabinet.keys.find((key) => key.slug === 'root')
  cabinet.keys.splice(0, 2, ...cabinet.keys.filter((key) => key !== rootKey))
  const { issuers } = await openCa(deps)
  t.equal(issuers.find((issuer) => issuer.slug === 'root')?.signer, undefined)
  t.ok(issuers[0]?.signer)
})
