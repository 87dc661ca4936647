import { generateKeyPairSync, verify } from 'node:crypto'
import t from 'tap'
import { signerFromKey } from '../../src/ca/signer.js'
import { testKey } from '../support/issuance.js'

const TBS = Buffer.from('what is to be signed')

t.test('RSA signs with SHA-256, PKCS#1 v1.5, and its algorithm has NULL parameters (RFC 4055, 5)', async (t) => {
  const key = testKey('ca-rsa2048')
  const signer = signerFromKey(key)
  t.equal(signer.signatureAlgorithmDer.toString('hex'), '300d06092a864886f70d01010b0500')
  const signature = await signer.sign(TBS)
  t.ok(verify('sha256', TBS, { key: signer.spkiDer, format: 'der', type: 'spki' }, signature))
  t.ok((await signer.sign(TBS)).equals(signature), 'PKCS#1 v1.5 has no salt')
})

t.test('EC signs with the digest as strong as its curve, without parameters (RFC 5758, 3.2)', async (t) => {
  for (const [name, algorithm, digest] of [
    ['ca-p256', '300a06082a8648ce3d040302', 'sha256'],
    ['ca-p384', '300a06082a8648ce3d040303', 'sha384'],
  ] as const) {
    const signer = signerFromKey(testKey(name))
    t.equal(signer.signatureAlgorithmDer.toString('hex'), algorithm)
    t.ok(verify(digest, TBS, { key: signer.spkiDer, format: 'der', type: 'spki' }, await signer.sign(TBS)), name)
  }
})

t.test('keys that an ASA could not check are refused by kind', async (t) => {
  const detail = (kind: string): string =>
    `a CA key must be a private key of kind RSA, EC P-256 or EC P-384, and this is: ${kind}`
  const refused: [string, () => unknown][] = [
    ['private ec on secp521r1', () => generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).privateKey],
    ['private ed25519', () => generateKeyPairSync('ed25519').privateKey],
    ['private rsa-pss', () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey],
    ['public ec on prime256v1', () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey],
  ]
  for (const [kind, key] of refused) {
    t.throws(() => signerFromKey(key() as Parameters<typeof signerFromKey>[0]), {
      code: 'issuer-unavailable',
      detail: detail(kind),
    })
  }
})
