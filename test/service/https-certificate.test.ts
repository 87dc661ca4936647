import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { createAuthority } from '../../src/ca/create-authority.js'
import { createPublisher } from '../../src/ca/publication.js'
import { createTokens } from '../../src/ca/tokens.js'
import { CaError } from '../../src/errors.js'
import { openDataFolder } from '../../src/service/data-folder.js'
import { openServiceCaller } from '../../src/service/first-tokens.js'
import { isRenewalDue, openHttpsCertificate } from '../../src/service/https-certificate.js'
import { memoryEnrollment } from '../support/authority.js'
import { dataFolder } from '../support/service.js'

const DAY_MS = 24 * 3600 * 1000

async function world(t: Test, seed: string) {
  const { deps, issuers, store, time } = await memoryEnrollment(seed)
  const schedule = () => ({ periodMs: 7 * DAY_MS, overlapMs: 3 * DAY_MS, backdateMs: 600_000 })
  const publisher = createPublisher({ ...deps, issuers, schedule })
  const authority = createAuthority({
    ...deps,
    tokens: createTokens({ ...deps, monotonic: time.monotonic }),
    publisher,
    issuers,
    auditFault: () => undefined,
  })
  const folder = await openDataFolder(dataFolder(t), process.getuid?.())
  const caller = await openServiceCaller({ ...deps, template: 'WebServer' })
  const open = (...names: readonly string[]) =>
    openHttpsCertificate({ authority, caller, folder, clock: time.clock, names: names.length > 0 ? names : ['pki.lab.example'] })
  return { open, folder, store, time, root: new X509Certificate(issuers[0]?.certificateDer ?? ''), caller }
}

const leafOf = (opened: { readonly certificates: string }) => new X509Certificate(opened.certificates)

t.test('a first start has one issued by the CA, through the steps that everybody’s takes, and keeps it', async (t) => {
  const { open, folder, store, root, caller } = await world(t, 'first')
  const first = await open('pki.lab.example', 'localhost', '127.0.0.1', '2001:db8::1')
  const leaf = leafOf(first)
  t.ok(leaf.verify(root.publicKey) && leaf.checkIssued(root))
  t.equal(leaf.subject, 'CN=pki.lab.example')
  t.equal(leaf.subjectAltName, 'DNS:pki.lab.example, DNS:localhost, IP Address:127.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1')
  t.same(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  t.equal(first.notAfter.getTime(), Date.parse(leaf.validTo))
  t.equal(first.certificates.split('-----BEGIN').length - 1, 1, 'a single tier: the root is not sent')
  t.match(store.audit.at(-1), { actor: 'lab-pki', action: 'certificate.issued' })
  t.equal(store.certificates[0]?.tokenId, caller.tokenId)
  for (const file of [folder.https.key, folder.https.certificates]) t.equal(statSync(file).mode & 0o777, 0o600)

  const second = await open('pki.lab.example', 'localhost', '127.0.0.1', '2001:db8::1')
  t.equal(second.certificates.trim(), first.certificates.trim())
  t.equal(second.key.trim(), first.key.trim())
  t.equal(store.certificates.length, 1)
})

t.test('another name means another certificate with another key', async (t) => {
  const { open, store } = await world(t, 'names')
  const first = await open('pki.lab.example')
  for (const name of ['other.lab.example', '192.0.2.7', '2001:db8::7']) {
    const next = await open('pki.lab.example', name)
    t.not(next.key, first.key, name)
    t.match(leafOf(next).subjectAltName, name.includes(':') ? /IP Address:2001:DB8:0:0:0:0:0:7/ : new RegExp(name))
  }
  t.equal(store.certificates.length, 4)
})

t.test('a host without a name is known by its address; a name too long for a CN stands in the SAN alone', async (t) => {
  const { open } = await world(t, 'addresses')
  const byAddress = leafOf(await open('192.0.2.7'))
  t.equal(byAddress.subject, 'CN=lab-pki')
  t.equal(byAddress.checkIP('192.0.2.7'), '192.0.2.7')
  const long = `${'a'.repeat(60)}.lab.example`
  const byName = leafOf(await open(long))
  t.equal(byName.subject, 'CN=lab-pki')
  t.equal(byName.checkHost(long), long)
})

t.test('renewal is due when two thirds of the lifetime are over', async (t) => {
  const { open, store, time } = await world(t, 'renewal')
  const first = await open()
  const leaf = leafOf(first)
  const from = Date.parse(leaf.validFrom)
  const due = from + ((Date.parse(leaf.validTo) - from) * 2) / 3
  t.equal(isRenewalDue(first.certificates, new Date(Math.ceil(due) - 1)), false)
  t.equal(isRenewalDue(first.certificates, new Date(Math.ceil(due))), true)
  time.set(new Date(Math.ceil(due) - 1).toISOString())
  t.equal((await open()).key.trim(), first.key.trim())
  time.set(new Date(Math.ceil(due)).toISOString())
  const second = await open()
  t.not(second.key, first.key)
  t.equal(isRenewalDue(second.certificates, time.clock()), false)
  t.equal(store.certificates.length, 2)
})

t.test('a pair that does not belong together, and files that are damaged or of another CA, are replaced', async (t) => {
  const { open, folder, root } = await world(t, 'damaged')
  const other = await (await world(t, 'another CA')).open()
  const first = await open()
  const cases: readonly (readonly [string, string, string])[] = [
    ['a crash between key and certificate', other.key, first.certificates],
    ['no certificate', first.key, 'half a certif'],
    ['no key', 'half a k', first.certificates],
    ['an empty file', first.key, ''],
    ['the pair of another CA', other.key, other.certificates],
  ]
  for (const [why, key, certificates] of cases) {
    writeFileSync(folder.https.key, key)
    writeFileSync(folder.https.certificates, certificates)
    const next = await open()
    t.ok(leafOf(next).verify(root.publicKey), why)
    t.equal(readFileSync(folder.https.certificates, 'utf8'), next.certificates, why)
    t.equal(readFileSync(folder.https.key, 'utf8'), next.key, why)
  }
})

t.test('what the CA refuses stops it, and nothing is written', async (t) => {
  const { open, folder, store } = await world(t, 'refused')
  await t.rejects(open('not a name'), {
    code: 'name-dns-syntax',
    detail:
      '/csr (not a name): the dNSName in subjectAltName is no DNS name: labels of 1 to 63 letters, digits and hyphens, 253 characters in all (RFC 1123, 2.1); write vpn.lab.example, without a dot at the end; other letters as xn--…',
  })
  store.failWith = new CaError('database-unavailable', 'gone')
  await t.rejects(open(), { code: 'database-unavailable', detail: 'gone' })
  t.throws(() => statSync(folder.https.key), { code: 'ENOENT' })
})
