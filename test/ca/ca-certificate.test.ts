import { createPublicKey, X509Certificate } from 'node:crypto'
import * as pkijs from 'pkijs'
import t from 'tap'
import { buildIssuingCertificate, buildRootCertificate, checkCaSubject } from '../../src/ca/ca-certificate.js'
import { readDer } from '../../src/ca/der.js'
import { parseDistinguishedName } from '../../src/ca/name.js'
import { signerFromKey } from '../../src/ca/signer.js'
import { equalsGolden } from '../support/golden.js'
import { certificateContent, issueCertificate, issuerOf, LONG_LIVED, makeName, testKey, testRoot } from '../support/issuance.js'
import { certtoolText, opensslText, verifyChain } from '../support/verify-chain.js'

const ISSUING_SERIAL = '66000000000000000000000000000002'
const tbsOf = (der: Buffer): Buffer => readDer(der).children[0]?.bytes ?? Buffer.alloc(0)

async function issuingCa(root: Awaited<ReturnType<typeof testRoot>>) {
  const signer = signerFromKey(testKey('ca-p256'))
  const der = await buildIssuingCertificate({
    subject: parseDistinguishedName('CN=lab-PKI-Issuing-CA,O=Lab'),
    spkiDer: signer.spkiDer,
    parent: root,
    ...LONG_LIVED,
    serial: ISSUING_SERIAL,
  })
  return { der, issuer: issuerOf('ca', der, signer) }
}

t.test('the root has exactly the octets of the profile', async (t) => {
  equalsGolden(t, 'certificates/root-rsa2048.tbs.hex', tbsOf((await testRoot('ca-rsa2048')).certificateDer))
  equalsGolden(t, 'certificates/root-p384.tbs.hex', tbsOf((await testRoot('ca-p384')).certificateDer))
})

t.test('an issuing CA has exactly the octets of the profile', async (t) => {
  equalsGolden(t, 'certificates/issuing-p256.tbs.hex', tbsOf((await issuingCa(await testRoot('ca-rsa2048'))).der))
})

t.test('a root of every kind of key is verified by programs that we did not write', async (t) => {
  for (const key of ['ca-rsa2048', 'ca-p256', 'ca-p384'] as const) verifyChain(t, [(await testRoot(key)).certificateDer])
})

t.test('root, issuing CA and leaf are a chain to OpenSSL in strict mode, GnuTLS and node:crypto', async (t) => {
  const root = await testRoot('ca-rsa2048')
  const issuing = await issuingCa(root)
  const leaf = await issueCertificate(certificateContent(issuing.issuer, LONG_LIVED))
  verifyChain(t, [leaf, issuing.der, root.certificateDer], 'sslserver')
})

t.test('the root is shown as a CA without path length, purposes or addresses', async (t) => {
  const { certificateDer } = await testRoot('ca-rsa2048')
  const text = opensslText(t, certificateDer)
  if (text !== undefined) {
    t.match(text, /Basic Constraints: critical\n +CA:TRUE\n/)
    t.match(text, /Key Usage: critical\n +Digital Signature, Certificate Sign, CRL Sign\n/)
    t.match(text, /Signature Algorithm: sha256WithRSAEncryption/)
    t.notMatch(text, /Extended Key Usage|CRL Distribution|Authority Information|pathlen|Authority Key/)
  }
  const gnutls = certtoolText(t, certificateDer)
  if (gnutls !== undefined) t.match(gnutls, /Certificate Authority \(CA\): TRUE/)
  const x509 = new X509Certificate(certificateDer)
  t.ok(x509.ca)
  t.equal(x509.subject, 'CN=lab-PKI-CA')
})

t.test('the issuing CA may have no CA below it and points to the root, without OCSP', async (t) => {
  const { der } = await issuingCa(await testRoot('ca-rsa2048'))
  const text = opensslText(t, der)
  if (text !== undefined) {
    t.match(text, /Basic Constraints: critical\n +CA:TRUE, pathlen:0\n/)
    t.match(text, /URI:http:\/\/pki\.lab\.example\/pki\/root\.crl/)
    t.match(text, /CA Issuers - URI:http:\/\/pki\.lab\.example\/pki\/root\.cer/)
    t.notMatch(text, /OCSP/)
  }
})

t.test('pkijs parses both and verifies their signatures', async (t) => {
  const root = await testRoot('ca-rsa2048')
  const issuing = await issuingCa(root)
  const [parsedRoot, parsedIssuing] = [root.certificateDer, issuing.der].map((der) =>
    pkijs.Certificate.fromBER(new Uint8Array(der)),
  )
  t.ok(await parsedRoot?.verify())
  t.ok(await parsedIssuing?.verify(parsedRoot))
  t.strictSame(
    parsedIssuing?.extensions?.map((e) => [e.extnID, e.critical]),
    [
      ['2.5.29.14', false],
      ['2.5.29.35', false],
      ['2.5.29.31', false],
      ['1.3.6.1.5.5.7.1.1', false],
      ['2.5.29.19', true],
      ['2.5.29.15', true],
    ],
  )
})

t.test('a CA subject needs one CN of at most 30 characters', async (t) => {
  t.doesNotThrow(() => checkCaSubject(parseDistinguishedName(`CN=${'x'.repeat(30)}`)))
  t.throws(() => checkCaSubject(parseDistinguishedName(`CN=${'x'.repeat(31)}`)), {
    code: 'name-common-name-length',
    detail: `the CN "${'x'.repeat(31)}" of the CA subject has 31 characters, and AnyConnect compares only 30; choose a shorter one`,
  })
  for (const [subject, shown] of [
    [parseDistinguishedName('O=Lab'), 'O=Lab'],
    [parseDistinguishedName('CN=a,CN=b'), 'CN=a,CN=b'],
    [makeName(), ''],
  ] as const) {
    t.throws(() => checkCaSubject(subject), {
      code: 'name-subject-syntax',
      detail: `the CA subject "${shown}" must have exactly one CN; write it as in \`CN=lab-PKI-CA,O=Lab\``,
    })
  }
})

t.test('an issuing CA is refused that outlives its root, has its name, or whose root has no key here', async (t) => {
  const root = await testRoot('ca-p256')
  const { spkiDer } = signerFromKey(testKey('ca-p384'))
  const input = {
    subject: parseDistinguishedName('CN=lab-PKI-Issuing-CA'),
    spkiDer,
    parent: root,
    notBefore: new Date('2026-02-28T12:00:00Z'),
    notAfter: root.notAfter,
    serial: ISSUING_SERIAL,
  }
  await t.resolves(buildIssuingCertificate(input))
  await t.rejects(buildIssuingCertificate({ ...input, notAfter: new Date(root.notAfter.getTime() + 1000) }), {
    code: 'lint-failed',
    detail: "not signed, because the certificate would break its profile: notAfter is behind the CA's",
  })
  await t.rejects(buildIssuingCertificate({ ...input, subject: root.subject }), {
    code: 'name-subject-syntax',
    detail: 'the issuing CA must have another subject than the root, CN=lab-PKI-CA; give it another CN',
  })
  const { signer: _signer, ...withoutKey } = root
  await t.rejects(buildIssuingCertificate({ ...input, parent: withoutKey }), {
    code: 'issuer-unavailable',
    detail: 'the key of issuer root is not on this server',
  })
})

t.test('a root that ends after 2049 says so in GeneralizedTime (RFC 5280, 4.1.2.5)', async (t) => {
  const signer = signerFromKey(testKey('ca-p256'))
  const dates = { notBefore: new Date('2049-12-31T23:59:59Z'), notAfter: new Date('2050-01-01T00:00:00Z') }
  const der = await buildRootCertificate({ subject: parseDistinguishedName('CN=late'), signer, serial: ISSUING_SERIAL, ...dates })
  const x509 = new X509Certificate(der)
  t.equal(x509.validFrom, 'Dec 31 23:59:59 2049 GMT')
  t.equal(x509.validTo, 'Jan  1 00:00:00 2050 GMT')
  const [utc, generalized] = ['491231235959Z', '20500101000000Z'].map((text) => Buffer.from(text).toString('hex'))
  t.match(tbsOf(der).toString('hex'), `170d${utc}180f${generalized}`)
  t.ok(createPublicKey({ key: signer.spkiDer, format: 'der', type: 'spki' }).equals(x509.publicKey))
})
