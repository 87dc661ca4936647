import t from 'tap'
import { readDer } from '../../src/ca/der.js'
import { time } from '../../src/ca/der-time.js'
import { explicit, integer, oid, sequence } from '../../src/ca/der-writer.js'
import { lintCaCertificate, lintCertificate } from '../../src/ca/lint.js'
import { parseDistinguishedName } from '../../src/ca/name.js'
import { buildTbsCertificate, encodeTbs, type TbsFields } from '../../src/ca/tbs.js'
import { certificateContent, issuerOf, makeRequest, SERIAL, testRoot } from '../support/issuance.js'

const PROFILE = 'not signed, because the certificate would break its profile: '
const root = await testRoot('ca-rsa2048')
const content = certificateContent(root)
const tbs = buildTbsCertificate(content)
const fields = readDer(tbs).children.map((node) => node.bytes)
const good: TbsFields = {
  serial: SERIAL,
  signatureAlgorithmDer: root.signer.signatureAlgorithmDer,
  issuerDer: root.subject.der,
  notBefore: content.notBefore,
  notAfter: content.notAfter,
  subjectDer: content.subjectDer,
  spkiDer: content.publicKey.spkiDer,
  extensionsDer: readDer(tbs).children[7]?.children[0]?.content ?? Buffer.alloc(0),
}

/** The good TBSCertificate with one field replaced by these octets. */
const withField = (at: number, octets: Buffer): Buffer => sequence(...fields.map((field, i) => (i === at ? octets : field)))
const refuses = (t: Tap, name: string, act: () => void, what: string | RegExp): void => {
  t.throws(act, { code: 'lint-failed', detail: typeof what === 'string' ? `${PROFILE}${what}` : what }, name)
}
type Tap = Pick<typeof t, 'throws'>

t.test('a certificate that follows the profile passes', async (t) => {
  t.ok(encodeTbs(good).equals(tbs))
  t.doesNotThrow(() => lintCertificate(tbs, content))
})

t.test('a field that differs from what was decided is found', async (t) => {
  const other = makeRequest({ subject: parseDistinguishedName('CN=other.lab.example'), key: 'leaf-p256' })
  const found = (change: Partial<TbsFields>, what: string): void =>
    refuses(t, what, () => lintCertificate(encodeTbs({ ...good, ...change }), content), what)
  found({ serial: `${SERIAL.slice(0, -1)}0` }, 'serialNumber is not the one that was drawn')
  found({ issuerDer: content.subjectDer }, "issuer differs from the CA's subject (RFC 5280, 4.1.2.4)")
  found({ subjectDer: other.subject.der }, "subject differs from the request's")
  found({ spkiDer: other.publicKey.spkiDer }, "subjectPublicKeyInfo differs from the request's")
  found({ notBefore: new Date('2026-03-01T11:50:01Z') }, 'validity is not the one that was decided')
  found({ notAfter: new Date('2028-02-29T11:50:00Z') }, 'validity is not the one that was decided')
  found(
    { signatureAlgorithmDer: Buffer.from('300a06082a8648ce3d040302', 'hex') },
    "signature is not the algorithm of the issuer's key",
  )
})

t.test('serials that RFC 5280 4.1.2.2 forbids, or that are too short to be random, are found', async (t) => {
  const lint = (serial: Buffer, hex: string) => () => lintCertificate(withField(1, integer(serial)), { ...content, serial: hex })
  const octets = (n: number, first: number): Buffer => Buffer.concat([Buffer.of(first), Buffer.alloc(n - 1, 1)])
  refuses(
    t,
    'short',
    lint(octets(15, 0x40), octets(15, 0x40).toString('hex')),
    'serialNumber is not of 16 to 20 octets (RFC 5280, 4.1.2.2)',
  )
  refuses(
    t,
    'long',
    lint(octets(21, 0x40), octets(21, 0x40).toString('hex')),
    'serialNumber is not of 16 to 20 octets (RFC 5280, 4.1.2.2)',
  )
  refuses(
    t,
    'zero in front',
    lint(octets(16, 0x80), `00${octets(16, 0x80).toString('hex')}`),
    'serialNumber is not a positive INTEGER with a first octet above zero',
  )
  const negative = Buffer.concat([Buffer.of(2, 16, 0x80), Buffer.alloc(15, 1)])
  refuses(
    t,
    'negative',
    () => lintCertificate(withField(1, negative), content),
    'serialNumber is not a positive INTEGER with a first octet above zero',
  )
})

t.test('only SHA-256 and SHA-384 sign, and RSA has NULL parameters (RFC 4055, 5)', async (t) => {
  const what = 'signature is none of SHA-256 with RSA (and NULL) and ECDSA with SHA-256 or SHA-384'
  for (const [name, hex] of [
    ['RSA without NULL', '300b06092a864886f70d01010b'],
    ['SHA-1 with RSA', '300d06092a864886f70d0101050500'],
    ['RSASSA-PSS', '300b06092a864886f70d01010a'],
    ['ECDSA with NULL', '300c06082a8648ce3d0403020500'],
    ['Ed25519', '300506032b6570'],
  ] as const) {
    const signatureAlgorithmDer = Buffer.from(hex, 'hex')
    const issuer = { ...root, signer: { ...root.signer, signatureAlgorithmDer } }
    refuses(t, name, () => lintCertificate(withField(2, signatureAlgorithmDer), { ...content, issuer }), what)
  }
})

t.test('a validity that is too long, beyond the CA, at the cap or upside down is found, even where it was decided', async (t) => {
  const lint = (change: { notBefore?: Date; notAfter?: Date; notAfterCap?: Date }) => () => {
    const changed = { ...content, ...change }
    lintCertificate(buildTbsCertificate(changed), changed)
  }
  const { notAfter } = content
  refuses(t, 'long', lint({ notAfter: new Date('2028-02-29T11:50:00Z') }), "validity is longer than the template's")
  refuses(t, 'cap', lint({ notAfterCap: notAfter }), 'notAfter is not before the cap')
  t.doesNotThrow(lint({ notAfterCap: new Date(notAfter.getTime() + 1000) }))
  refuses(t, 'ends first', lint({ notBefore: notAfter }), 'validity ends before it begins')
  const late = { notBefore: new Date('2037-06-01T00:00:00Z'), notAfter: new Date('2038-01-01T00:00:00Z') }
  refuses(t, 'behind the CA', lint(late), "notAfter is behind the CA's")
})

t.test('a time in the wrong type for its year is found (RFC 5280, 4.1.2.5)', async (t) => {
  const generalized = Buffer.from('180f32303236303330313131353030305a', 'hex')
  const wrong = sequence(generalized, time(content.notAfter))
  refuses(
    t,
    'GeneralizedTime in 2026',
    () => lintCertificate(withField(4, wrong), content),
    'validity has the wrong type of time for its year (RFC 5280, 4.1.2.5)',
  )
  refuses(
    t,
    'one time',
    () => lintCertificate(withField(4, sequence(time(content.notBefore))), content),
    'validity is not a pair of times',
  )
})

t.test('another shape than that of a v3 certificate is found', async (t) => {
  const shape = 'TBSCertificate does not have the eight fields of a v3 certificate (RFC 5280, 4.1)'
  refuses(t, 'no extensions', () => lintCertificate(sequence(...fields.slice(0, 7)), content), shape)
  const unique = sequence(...fields.slice(0, 7), Buffer.of(0x81, 2, 0, 1), ...fields.slice(7))
  refuses(t, 'issuerUniqueID', () => lintCertificate(unique, content), shape)
  refuses(
    t,
    'version 2',
    () => lintCertificate(withField(0, explicit(0, integer(1))), content),
    'version is not v3 (RFC 5280, 4.1.2.1)',
  )
  const loose = explicit(3, sequence(good.extensionsDer), sequence(oid('1.2.3')))
  refuses(t, 'two lists', () => lintCertificate(withField(7, loose), content), 'extensions are not under [3] (RFC 5280, 4.1.2.9)')
  refuses(t, 'no DER', () => lintCertificate(Buffer.concat([tbs, Buffer.of(0)]), content), 'it cannot be read back')
})

t.test('without a key of the issuer nothing passes', async (t) => {
  const { signer: _signer, ...issuer } = root
  refuses(t, 'no signer', () => lintCertificate(tbs, { ...content, issuer }), 'signature has no key here')
})

t.test('a root must have its own subject as issuer, and an issuing CA ends with its root', async (t) => {
  const subjectDer = root.subject.der
  const { spkiDer } = root.signer
  const caFields = { ...good, subjectDer, spkiDer, ...{ notBefore: root.notBefore, notAfter: root.notAfter } }
  const tbsDer = readDer(root.certificateDer).children[0]?.bytes ?? Buffer.alloc(0)
  const serial = '5500000000000000000000000000000a'
  t.doesNotThrow(() => lintCaCertificate(tbsDer, { ...caFields, serial }, { spkiDer }))
  const foreign = { ...caFields, issuerDer: content.subjectDer }
  refuses(
    t,
    'foreign issuer',
    () => lintCaCertificate(encodeTbs(foreign), foreign, { spkiDer }),
    "issuer differs from the root's own subject",
  )
  const late = { ...caFields, notAfter: new Date('2038-01-01T00:00:00Z') }
  const parent = issuerOf('root', root.certificateDer, root.signer)
  refuses(t, 'outlives', () => lintCaCertificate(encodeTbs(late), late, { spkiDer, parent }), "notAfter is behind the CA's")
})
