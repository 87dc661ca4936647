import { createPublicKey, verify } from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import t from 'tap'
import { buildCrl, buildTbsCertList, type CrlContent } from '../../src/ca/crl.js'
import { readDer } from '../../src/ca/der.js'
import { pem } from '../../src/ca/pem.js'
import { CaError } from '../../src/errors.js'
import { equalsGolden } from '../support/golden.js'
import { issuerOf, LONG_LIVED, testRoot } from '../support/issuance.js'
import { CERTTOOL, OPENSSL, runReader } from '../support/second-reader.js'

const DATES = {
  thisUpdate: new Date('2026-03-01T11:50:00Z'),
  nextPublish: new Date('2026-03-08T12:00:00Z'),
  nextUpdate: new Date('2026-03-09T12:00:00Z'),
}
/** Of the same time as the test root, since certtool knows no clock but the machine's. */
const LONG_LIVED_DATES = { thisUpdate: LONG_LIVED.notBefore, nextPublish: LONG_LIVED.notAfter, nextUpdate: LONG_LIVED.notAfter }
const ENTRIES: CrlContent['entries'] = [
  { serial: '4a0b1c2d3e4f5061728394a5b6c7d8e9', revokedAt: new Date('2026-02-01T00:00:00Z') },
  { serial: '01', revokedAt: new Date('2026-02-02T00:00:00Z'), reason: 'unspecified' },
  { serial: '7f0b1c2d3e4f5061728394a5b6c7d8e9', revokedAt: new Date('2026-02-03T00:00:00Z'), reason: 'keyCompromise' },
  { serial: '7f0b1c2d3e4f5061728394a5b6c7d8ea', revokedAt: new Date('2050-01-01T00:00:00Z'), reason: 'certificateHold' },
]
const NUMBER = 1_772_366_400n

t.test('an empty list has exactly these octets, and no field for entries', async (t) => {
  const issuer = await testRoot('ca-p256')
  const content = { issuer, number: NUMBER, ...DATES, entries: [] }
  const tbs = buildTbsCertList(content, issuer.signer.signatureAlgorithmDer)
  equalsGolden(t, 'crls/empty.tbs.hex', tbs)
  // version, signature, issuer, thisUpdate, nextUpdate, [0] crlExtensions (RFC 5280, 5.1.2.6: revokedCertificates absent)
  t.strictSame(
    readDer(tbs).children.map(({ tag }) => tag),
    [0x02, 0x30, 0x30, 0x17, 0x17, 0xa0],
  )
})

t.test('a list with entries has exactly these octets', async (t) => {
  const issuer = await testRoot('ca-rsa2048')
  const content = { issuer, number: NUMBER, ...DATES, entries: ENTRIES }
  equalsGolden(t, 'crls/four-entries.tbs.hex', buildTbsCertList(content, issuer.signer.signatureAlgorithmDer))
})

t.test('is signed by the issuer, under each kind of key', async (t) => {
  for (const key of ['ca-rsa2048', 'ca-p256', 'ca-p384'] as const) {
    const issuer = await testRoot(key)
    const crl = readDer(await buildCrl({ issuer, number: 1n, ...DATES, entries: ENTRIES }))
    const [tbs, algorithm, signature] = crl.children
    t.ok(algorithm?.bytes.equals(issuer.signer.signatureAlgorithmDer), 'the outer algorithm')
    t.ok(tbs?.children[1]?.bytes.equals(issuer.signer.signatureAlgorithmDer), 'is the inner one (RFC 5280, 5.1.1.2)')
    const publicKey = createPublicKey({ key: issuer.signer.spkiDer, type: 'spki', format: 'der' })
    const digest = key === 'ca-p384' ? 'sha384' : 'sha256'
    t.ok(verify(digest, tbs?.bytes ?? Buffer.alloc(0), publicKey, signature?.content.subarray(1) ?? Buffer.alloc(0)), key)
  }
})

t.test('openssl and certtool accept its signature and read the same from it', async (t) => {
  for (const key of ['ca-rsa2048', 'ca-p256', 'ca-p384'] as const) {
    const issuer = await testRoot(key)
    const crlDer = await buildCrl({ issuer, number: NUMBER, ...LONG_LIVED_DATES, entries: ENTRIES })
    const folder = t.testdir({ 'ca.pem': pem('CERTIFICATE', issuer.certificateDer), 'list.pem': pem('X509 CRL', crlDer) })
    const openssl = runReader(t, OPENSSL, ['crl', '-in', 'list.pem', '-CAfile', 'ca.pem', '-verify', '-noout', '-text'], {
      cwd: folder,
    })
    if (openssl) {
      t.match(`${openssl.stdout}${openssl.stderr}`, /verify OK/)
      t.match(openssl.stdout, /Version 2 \(0x1\)/)
      t.match(openssl.stdout, /X509v3 CRL Number: \n +1772366400\n/)
      t.match(openssl.stdout, /Last Update: Jan {2}1 00:00:00 2020 GMT\n +Next Update: Dec 31 23:59:59 2037 GMT/)
      t.match(
        openssl.stdout,
        /Serial Number: 4A0B1C2D3E4F5061728394A5B6C7D8E9\n +Revocation Date: Feb {2}1 00:00:00 2026 GMT\n +Serial/,
      )
      t.match(
        openssl.stdout,
        /Serial Number: 01\n +Revocation Date: Feb {2}2 00:00:00 2026 GMT\n +Serial/,
        'unspecified is left out',
      )
      t.match(openssl.stdout, /X509v3 CRL Reason Code: \n +Key Compromise/)
      t.match(openssl.stdout, /Revocation Date: Jan {2}1 00:00:00 2050 GMT\n.*\n.*\n +Certificate Hold/)
    }
    const gnutls = runReader(t, CERTTOOL, ['--verify-crl', '--load-ca-certificate', 'ca.pem', '--infile', 'list.pem'], {
      cwd: folder,
    })
    if (gnutls) t.match(`${gnutls.stdout}${gnutls.stderr}`, /Verification output: Verified/, 'certtool')
  }
})

t.test('pkijs reads version, number, next publication, CA version, key identifier and entries', async (t) => {
  const issuer = await testRoot('ca-p256')
  const crl = pkijs.CertificateRevocationList.fromBER(await buildCrl({ issuer, number: NUMBER, ...DATES, entries: ENTRIES }))
  t.equal(crl.version, 1)
  t.strictSame(crl.thisUpdate.value, DATES.thisUpdate)
  t.strictSame(crl.nextUpdate?.value, DATES.nextUpdate)
  t.equal(crl.revokedCertificates?.length, 4)
  const extensions = crl.crlExtensions?.extensions ?? []
  t.strictSame(
    extensions.map(({ extnID, critical }) => [extnID, critical]),
    [
      ['2.5.29.35', false],
      ['1.3.6.1.4.1.311.21.1', false],
      ['2.5.29.20', false],
      ['1.3.6.1.4.1.311.21.4', false],
    ],
  )
  const value = (index: number) => Buffer.from(extensions[index]?.extnValue.valueBlock.valueHexView ?? [])
  t.equal(value(0).toString('hex'), `30168014${issuer.keyIdentifier.toString('hex')}`)
  t.equal(value(1).toString('hex'), '020100', 'CA version 0')
  t.equal(BigInt(`0x${value(2).subarray(2).toString('hex')}`), NUMBER)
  const publish = asn1js.fromBER(value(3)).result
  t.ok(publish instanceof asn1js.UTCTime && publish.toDate().getTime() === DATES.nextPublish.getTime())
})

t.test('takes a hundred thousand entries from an iterator', async (t) => {
  const issuer = await testRoot('ca-p256')
  const count = 100_000
  function* entries() {
    for (let i = 0; i < count; i++) yield { serial: (0x10000000 + i).toString(16), revokedAt: DATES.thisUpdate }
  }
  const tbs = buildTbsCertList({ issuer, number: 1n, ...DATES, entries: entries() }, issuer.signer.signatureAlgorithmDer)
  // 4 + 15 octets of serial and time with their headers in a SEQUENCE: 23 each.
  t.ok(tbs.length > count * 23 && tbs.length < count * 23 + 300, `${tbs.length} octets`)
})

t.test('says where to sign when the key is elsewhere', async (t) => {
  const { certificateDer } = await testRoot('ca-p256')
  const issuer = issuerOf('root', certificateDer, undefined)
  await t.rejects(
    buildCrl({ issuer, number: 1n, ...DATES, entries: [] }),
    new CaError('issuer-unavailable', 'the key of issuer root is not here; sign its CRL where the key is and import it'),
  )
})
