import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { parseCsr } from '../../src/ca/csr.js'
import { readDer } from '../../src/ca/der.js'
import { bitString, derNull, integer, oid, sequence } from '../../src/ca/der-writer.js'
import { OID } from '../../src/ca/oid.js'
import { describeKey, keyIdentifier, parseSubjectPublicKey, publicKeyObject, spkiSha256 } from '../../src/ca/public-key.js'
import { pemContent } from '../support/csr-fixtures.js'
import { refusal } from '../support/refusal.js'

const generated = [
  generateKeyPairSync('rsa', { modulusLength: 2048 }),
  generateKeyPairSync('rsa', { modulusLength: 1024, publicExponent: 3 }),
  generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  generateKeyPairSync('ec', { namedCurve: 'P-521' }),
].map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'der' }))

t.test('keys are read with their sizes', async (t) => {
  const keys = generated.map((spki) => parseSubjectPublicKey(readDer(spki)))
  t.strictSame(keys.map(describeKey), ['RSA 2048', 'RSA 1024', 'EC P-256', 'EC P-384', 'EC P-521'])
  t.strictSame(
    keys.map((key) => [key.bits, key.type === 'rsa' ? [key.modulus.length, key.exponent] : [key.point.length, key.point[0]]]),
    [
      [2048, [256, 65537n]],
      [1024, [128, 3n]],
      [256, [65, 4]],
      [384, [97, 4]],
      [521, [133, 4]],
    ],
  )
})

t.test('the key object is the key: node exports the same octets', async (t) => {
  for (const spki of generated) {
    const key = parseSubjectPublicKey(readDer(spki))
    t.ok(publicKeyObject(key).equals(createPublicKey({ key: spki, format: 'der', type: 'spki' })))
    t.ok(publicKeyObject(key).export({ type: 'spki', format: 'der' }).equals(spki))
  }
})

t.test('the length of a modulus is the place of its highest bit', async (t) => {
  for (const [modulus, bits] of [
    [1n, 1],
    [0x80n, 8],
    [0xffn, 8],
    [0x100n, 9],
    [2n ** 2047n, 2048],
    [2n ** 2047n - 1n, 2047],
  ] as const) {
    const spki = sequence(sequence(oid(OID.rsaEncryption), derNull()), bitString(sequence(integer(modulus), integer(65537))))
    t.equal(parseSubjectPublicKey(readDer(spki)).bits, bits)
  }
})

t.test('hashes: SHA-256 over the whole structure, SHA-1 over the BIT STRING alone', async (t) => {
  const csr = parseCsr(pemContent('asa/asa-rsa2048-sha1-ip-fqdn-b.csr.pem'))
  t.equal(
    keyIdentifier(csr.publicKey.spkiDer).toString('hex'),
    '810e6cc1d62fbd9a32ac0d04d0332024e10c6ca9',
    'the subjectKeyIdentifier that the Windows CA wrote into the certificate for this key',
  )
  t.ok(spkiSha256(csr.publicKey).equals(createHash('sha256').update(csr.publicKey.spkiDer).digest()))
  t.equal(spkiSha256(csr.publicKey).length, 32)
})

t.test('what is no SubjectPublicKeyInfo is refused with the rule', async (t) => {
  const malformed = (rule: string) => ['csr-malformed', `the public key is malformed: ${rule}`]
  const parse = (encoding: Buffer) => refusal(() => parseSubjectPublicKey(readDer(encoding)))
  const shape = malformed('SubjectPublicKeyInfo is not an AlgorithmIdentifier and a BIT STRING (RFC 5280, 4.1)')
  const rsa = sequence(oid(OID.rsaEncryption), derNull())
  const body = (...parts: Buffer[]) => bitString(sequence(...parts))
  t.strictSame(await parse(derNull()), shape)
  t.strictSame(await parse(sequence(rsa)), shape)
  t.strictSame(await parse(sequence(rsa, derNull())), shape)
  t.strictSame(await parse(sequence(rsa, body(), derNull())), shape)
  const identifier = malformed('its AlgorithmIdentifier is malformed (RFC 5280, 4.1.1.2)')
  t.strictSame(await parse(sequence(sequence(), body())), identifier)
  t.strictSame(await parse(sequence(sequence(oid(OID.rsaEncryption), derNull(), derNull()), body())), identifier)
  t.strictSame(await parse(sequence(rsa, bitString(Buffer.of(0), 1))), malformed('its BIT STRING has unused bits'))
  const integers = malformed('RSAPublicKey is not a SEQUENCE of two INTEGERs (RFC 8017, A.1.1)')
  t.strictSame(await parse(sequence(rsa, body(integer(1)))), integers)
  t.strictSame(await parse(sequence(rsa, body(integer(1), derNull()))), integers)
  t.strictSame(await parse(sequence(rsa, body(integer(1), integer(3), integer(1)))), integers)
  t.strictSame(await parse(sequence(rsa, bitString(derNull()))), integers)
  t.strictSame(await parse(sequence(rsa, body(integer(15), integer(-3)))), malformed('the modulus or the exponent is negative'))
  t.strictSame(await parse(sequence(rsa, bitString(Buffer.of(0x30, 0x80)))), [
    'csr-not-der',
    'not DER: indefinite length (X.690 10.1)',
  ])
  t.strictSame(await refusal(() => keyIdentifier(sequence(rsa))), malformed('SubjectPublicKeyInfo has no BIT STRING'))
})

t.test('an RSA key of absurd numbers is taken or refused as malformed, as OpenSSL will have it, and nothing else', async (t) => {
  const spki = sequence(sequence(oid(OID.rsaEncryption), derNull()), bitString(sequence(integer(1), integer(0))))
  const outcome = await refusal(() => publicKeyObject(parseSubjectPublicKey(readDer(spki))))
  t.ok(outcome === undefined || outcome[0] === 'csr-malformed')
})
