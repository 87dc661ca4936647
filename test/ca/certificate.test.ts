import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseCertificate } from '../../src/ca/certificate.js'
import { TAG } from '../../src/ca/der.js'
import { time } from '../../src/ca/der-time.js'
import {
  bitString,
  der,
  derBoolean,
  derNull,
  explicit,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
} from '../../src/ca/der-writer.js'
import { formatName } from '../../src/ca/name.js'
import { OID } from '../../src/ca/oid.js'
import { parsePemBlocks } from '../../src/ca/pem.js'
import { CaError } from '../../src/errors.js'
import { certificateContent, issueCertificate, LONG_LIVED, testRoot } from '../support/issuance.js'

const derOf = (name: string) =>
  parsePemBlocks(readFileSync(new URL(`../fixtures/asa/${name}`, import.meta.url), 'utf8'))[0]?.der ?? Buffer.alloc(0)

t.test('reads what node:crypto reads, of foreign certificates and our own', async (t) => {
  const root = await testRoot('ca-p384')
  const leaf = await issueCertificate(certificateContent(root, LONG_LIVED))
  const all = [derOf('msca-root-b.crt.pem'), derOf('msca-webserver-issued-for-asa-b.crt.pem'), root.certificateDer, leaf]
  for (const certificateDer of all) {
    const ours = parseCertificate(certificateDer)
    const theirs = new X509Certificate(certificateDer)
    t.equal(ours.serial, theirs.serialNumber.toLowerCase())
    t.equal(ours.version, 3)
    t.equal(ours.notBefore.getTime(), Date.parse(theirs.validFrom))
    t.equal(ours.notAfter.getTime(), Date.parse(theirs.validTo))
    t.ok(ours.spkiDer.equals(theirs.publicKey.export({ type: 'spki', format: 'der' })))
    t.equal(ours.publicKey?.type, theirs.publicKey.asymmetricKeyType)
    t.ok(ours.der.includes(ours.tbsDer) && ours.der.subarray(-ours.signature.length).equals(ours.signature))
  }
})

t.test('reads names, algorithm and extensions', async (t) => {
  const certificate = parseCertificate(derOf('msca-webserver-issued-for-asa-b.crt.pem'))
  t.equal(formatName(certificate.issuer), 'CN=qytang-WIN2019-CA,DC=qytang,DC=com')
  t.equal(certificate.signatureAlgorithm, OID.sha256WithRSAEncryption)
  t.strictSame(
    certificate.extensions.map(({ oid, critical }) => [oid, critical]),
    [
      [OID.keyUsage, true],
      [OID.subjectAltName, false],
      [OID.subjectKeyIdentifier, false],
      [OID.authorityKeyIdentifier, false],
      [OID.cRLDistributionPoints, false],
      [OID.authorityInfoAccess, false],
      [OID.msCertTemplateName, false],
      [OID.extKeyUsage, false],
    ],
  )
  t.equal(certificate.extensions[0]?.value.toString('hex'), '030205a0')
})

interface Parts {
  readonly version?: Buffer[]
  readonly serial?: Buffer
  readonly inner?: Buffer
  readonly outer?: Buffer
  readonly validity?: Buffer
  readonly spki?: Buffer
  readonly rest?: Buffer[]
  readonly signature?: Buffer
}
const algorithm = sequence(oid(OID.sha256WithRSAEncryption), derNull())
const anyName = sequence(setOf(sequence(oid(OID.commonName), der(TAG.UTF8_STRING, Buffer.from('x')))))
const edKey = sequence(sequence(oid(OID.ed25519)), bitString(Buffer.alloc(32)))
const at = time(new Date('2030-01-01T00:00:00Z'))
const KU = sequence(oid(OID.keyUsage), derBoolean(true), octetString(Buffer.from('030205a0', 'hex')))
const extensionsOf = (...list: Buffer[]) => explicit(3, sequence(...list))

function make(parts: Parts = {}): Buffer {
  const { version = [explicit(0, integer(2))], serial = integer(7), inner = algorithm, outer = algorithm } = parts
  const { validity = sequence(at, at), spki = edKey, rest = [extensionsOf(KU)], signature = bitString(Buffer.of(1)) } = parts
  return sequence(sequence(...version, serial, inner, anyName, validity, anyName, spki, ...rest), outer, signature)
}

t.test('reads versions 1 and 2, unique identifiers, and keys of a kind that it cannot use', async (t) => {
  const one = parseCertificate(make({ version: [], rest: [] }))
  t.equal(one.version, 1)
  t.equal(one.publicKey, undefined, 'Ed25519')
  t.strictSame(one.extensions, [])
  const two = parseCertificate(make({ version: [explicit(0, integer(1))], rest: [Buffer.from('81020001', 'hex')] }))
  t.equal(two.version, 2)
  t.equal(parseCertificate(make({ serial: integer(0x80n) })).serial, '80', 'without the sign octet')
})

t.test('refuses every other structure with the rule that it breaks', async (t) => {
  const malformed: readonly (readonly [Buffer, string])[] = [
    [sequence(sequence(), algorithm), 'Certificate is no SEQUENCE of 3'],
    [sequence(integer(1), algorithm, bitString(Buffer.of(1))), 'TBSCertificate is no SEQUENCE'],
    [sequence(sequence(), algorithm, bitString(Buffer.of(1))), 'TBSCertificate lacks a field'],
    [make({ version: [explicit(0, integer(0))] }), 'its version is neither v2 nor v3, and v1 is not written (X.690, 11.5)'],
    [make({ version: [explicit(0, integer(3))] }), 'its version is neither v2 nor v3, and v1 is not written (X.690, 11.5)'],
    [make({ serial: integer(-1) }), 'its serial number is no positive INTEGER'],
    [make({ serial: octetString(Buffer.of(1)) }), 'its serial number is no positive INTEGER'],
    [
      make({ outer: sequence(oid(OID.sha384WithRSAEncryption), derNull()) }),
      'the two signature algorithms differ (RFC 5280, 4.1.1.2)',
    ],
    [make({ outer: sequence(oid(OID.sha256WithRSAEncryption)) }), 'the two signature algorithms differ (RFC 5280, 4.1.1.2)'],
    [make({ inner: sequence(), outer: sequence() }), 'its AlgorithmIdentifier is malformed'],
    [make({ validity: sequence(at) }), 'Validity is no SEQUENCE of 2'],
    [make({ signature: octetString(Buffer.of(1)) }), 'its signature is no BIT STRING of whole octets'],
    [make({ signature: bitString(Buffer.of(0x80), 7) }), 'its signature is no BIT STRING of whole octets'],
    [make({ version: [], rest: [extensionsOf(KU)] }), 'TBSCertificate of version 1 has an unknown field'],
    [make({ rest: [explicit(4, integer(1))] }), 'TBSCertificate of version 3 has an unknown field'],
    [make({ rest: [extensionsOf(KU), extensionsOf(KU)] }), 'fields of TBSCertificate stand twice or out of order'],
    [make({ rest: [extensionsOf()] }), 'its extensions are no SEQUENCE, or an empty one'],
    [make({ rest: [explicit(3, integer(1))] }), 'its extensions are no SEQUENCE, or an empty one'],
    [make({ rest: [extensionsOf(KU, KU)] }), 'it has the extension 2.5.29.15 twice (RFC 5280, 4.2)'],
    [make({ rest: [extensionsOf(sequence(oid(OID.keyUsage)))] }), 'an extension is not OID, critical and OCTET STRING'],
    [
      make({ rest: [extensionsOf(sequence(oid(OID.keyUsage), integer(1)))] }),
      'an extension is not OID, critical and OCTET STRING',
    ],
    [
      make({ rest: [extensionsOf(sequence(oid(OID.keyUsage), derBoolean(false), octetString(Buffer.of(5, 0))))] }),
      '`critical` of an extension is not TRUE',
    ],
  ]
  for (const [certificateDer, rule] of malformed) {
    t.throws(() => parseCertificate(certificateDer), new CaError('csr-malformed', `the certificate is malformed: ${rule}`), rule)
  }
  t.throws(() => parseCertificate(Buffer.concat([make(), Buffer.of(0)])), { code: 'csr-not-der' }, 'octets behind it')
  t.throws(() => parseCertificate(make({ validity: sequence(at, integer(1)) })), { code: 'csr-not-der' }, 'no time')
})
