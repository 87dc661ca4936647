import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { degeneratePkcs7 } from '../../src/ca/cms.js'
import { buildCrl } from '../../src/ca/crl.js'
import { der, derNull, integer, octetString, oid, sequence } from '../../src/ca/der-writer.js'
import { type Identified, identifyBeginning, identifyDer } from '../../src/ca/identify.js'
import { OID } from '../../src/ca/oid.js'
import { parsePemBlocks } from '../../src/ca/pem.js'
import { testRoot } from '../support/issuance.js'

const derOf = (name: string) =>
  parsePemBlocks(readFileSync(new URL(`../fixtures/asa/${name}`, import.meta.url), 'utf8'))[0]?.der ?? Buffer.alloc(0)

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const ed = generateKeyPairSync('ed25519')
const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })
const cipher = { cipher: 'aes-256-cbc', passphrase: 'x' } as const
const root = await testRoot('ca-p256')
const at = new Date('2030-01-01T00:00:00Z')
const crlDer = await buildCrl({ issuer: root, number: 1n, thisUpdate: at, nextPublish: at, nextUpdate: at, entries: [] })
/** DER made BER: the outermost length is indefinite. */
const indefinite = (whole: Buffer) => Buffer.concat([Buffer.of(0x30, 0x80), whole.subarray(4), Buffer.of(0, 0)])
const p12 = sequence(integer(3), sequence(oid(OID.data), der(0xa0, octetString(Buffer.alloc(300)))), sequence())

const KINDS: readonly (readonly [string, Identified, Buffer])[] = [
  ['an ASA’s request', 'certificate-request', derOf('asa-rsa2048-sha1-ip-fqdn-b.csr.pem')],
  ['an EC request', 'certificate-request', derOf('synthetic-asa-shape-ec-p384-sha384.csr.pem')],
  ['a request in BER', 'certificate-request', indefinite(derOf('asa-rsa2048-sha1-ip-fqdn-b.csr.pem'))],
  ['a certificate', 'certificate', derOf('msca-root-b.crt.pem')],
  ['a certificate of ours', 'certificate', root.certificateDer],
  [
    'a version 1 certificate',
    'certificate',
    sequence(sequence(...Array.from({ length: 6 }, (_, i) => (i ? sequence() : integer(0)))), sequence(), Buffer.of(3, 1, 0)),
  ],
  ['a CRL', 'crl', crlDer],
  ['a chain', 'pkcs7', degeneratePkcs7([root.certificateDer])],
  ['a chain in BER', 'pkcs7', indefinite(degeneratePkcs7([root.certificateDer]))],
  ['a PFX', 'pkcs12', p12],
  ['a PFX in BER', 'pkcs12', indefinite(p12)],
  ['PKCS#8, RSA', 'private-key', rsa.privateKey.export({ type: 'pkcs8', format: 'der' })],
  ['PKCS#8, EC', 'private-key', ec.privateKey.export({ type: 'pkcs8', format: 'der' })],
  ['PKCS#8, Ed25519', 'private-key', ed.privateKey.export({ type: 'pkcs8', format: 'der' })],
  ['PKCS#8, DSA', 'private-key', dsa.privateKey.export({ type: 'pkcs8', format: 'der' })],
  ['PKCS#1', 'private-key', rsa.privateKey.export({ type: 'pkcs1', format: 'der' })],
  ['SEC 1', 'private-key', ec.privateKey.export({ type: 'sec1', format: 'der' })],
  [
    'PKCS#8 with octets behind it',
    'private-key',
    Buffer.concat([ec.privateKey.export({ type: 'pkcs8', format: 'der' }), Buffer.alloc(7)]),
  ],
  ['encrypted PKCS#8', 'encrypted-private-key', rsa.privateKey.export({ type: 'pkcs8', format: 'der', ...cipher })],
  ['SubjectPublicKeyInfo', 'public-key', ec.publicKey.export({ type: 'spki', format: 'der' })],
  ['PKCS#1 public key', 'public-key', rsa.publicKey.export({ type: 'pkcs1', format: 'der' })],
  ['a DigestInfo', 'unknown', sequence(sequence(oid(OID.sha256), derNull()), octetString(Buffer.alloc(32)))],
  ['an OID', 'unknown', oid(OID.prime256v1)],
  ['an empty SEQUENCE', 'unknown', sequence()],
  ['nothing', 'unknown', Buffer.alloc(0)],
]

t.test('says what an encoding is, strict DER or BER', async (t) => {
  for (const [name, kind, encoding] of KINDS) t.equal(identifyDer(encoding), kind, name)
})

t.test('says of a cut encoding what its beginning promises', async (t) => {
  const told: readonly Identified[] = ['certificate-request', 'certificate', 'private-key']
  for (const [name, kind, encoding] of KINDS.filter(([name, kind]) => told.includes(kind) && !/BER|version 1/.test(name))) {
    t.equal(identifyBeginning(encoding.subarray(0, 24)), kind, name)
    t.equal(identifyDer(encoding.subarray(0, encoding.length - 1)), kind, `${name}, one octet short`)
  }
  t.equal(identifyBeginning(Buffer.from('3003020100', 'hex')), 'unknown')
  t.equal(identifyBeginning(Buffer.alloc(0)), 'unknown')
})

t.test('is not led into deep or endless nesting', async (t) => {
  const deep = (octets: string) => Buffer.alloc(200_000, Buffer.from(octets, 'hex'))
  for (const junk of [
    deep('3080'),
    deep('30840003fffa'),
    deep('a080'),
    deep('2480'),
    deep('0380'),
    Buffer.alloc(200_000, 0x30),
  ]) {
    t.equal(identifyDer(junk), 'unknown')
  }
})
