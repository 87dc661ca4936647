import { createPublicKey, type KeyObject } from 'node:crypto'
import t from 'tap'
import { decryptKey, encryptKey, generateIssuerKey, ISSUER_KEY_KINDS } from '../../src/ca/key-file.js'
import { testKey } from '../support/issuance.js'
import { CERTTOOL, OPENSSL, runReader } from '../support/second-reader.js'

const counting = (octets: number): Buffer => Buffer.from(Array.from({ length: octets }, (_, i) => i))
const publicPem = (key: KeyObject): string => createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()

t.test('a key comes back under its passphrase', async (t) => {
  const key = testKey('ca-p256')
  const file = encryptKey(key, 'correct horse', counting)
  t.match(
    file.toString('latin1'),
    /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END ENCRYPTED PRIVATE KEY-----\n$/,
  )
  t.ok(decryptKey(file, 'correct horse').equals(key))
})

t.test('OpenSSL and GnuTLS read the same key from the file', async (t) => {
  const key = testKey('ca-rsa2048')
  const file = encryptKey(key, 'pässwörd', counting)
  const openssl = runReader(t, OPENSSL, ['pkey', '-passin', 'pass:pässwörd', '-pubout'], { input: file })
  if (openssl) t.equal(openssl.stdout, publicPem(key))
  const info = runReader(t, OPENSSL, ['asn1parse'], { input: file })
  if (info) t.match(info.stdout, /PBES2[\s\S]*PBKDF2[\s\S]*INTEGER +:0927C0[\s\S]*hmacWithSHA256[\s\S]*aes-256-cbc/)
  const certtool = runReader(t, CERTTOOL, ['--key-info', '--no-text', '--pkcs8', '--password', 'pässwörd'], { input: file })
  if (certtool) t.equal(certtool.status, 0, certtool.stderr)
})

t.test('a wrong passphrase and a plain key are told apart, and no word of the file is repeated', async (t) => {
  const key = testKey('ca-p256')
  t.throws(() => decryptKey(encryptKey(key, 'right', counting), 'wrong'), {
    code: 'issuer-unavailable',
    detail:
      'the CA key file cannot be decrypted: the passphrase is not the one that it was encrypted with, or the file is damaged',
  })
  const plain = Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }))
  t.throws(() => decryptKey(plain, 'right'), {
    code: 'issuer-unavailable',
    detail:
      'the CA key file holds no ENCRYPTED PRIVATE KEY block: put back the file that the service wrote, or encrypt the key with `openssl pkcs8 -topk8 -v2 aes-256-cbc`',
  })
})

t.test('every kind of issuer key is made as named', async (t) => {
  const made: Record<string, string> = {}
  for (const kind of ISSUER_KEY_KINDS.filter((kind) => kind !== 'rsa-4096')) {
    const key = await generateIssuerKey(kind)
    const { modulusLength, publicExponent, namedCurve } = key.asymmetricKeyDetails ?? {}
    made[kind] = namedCurve ?? `${modulusLength} ${publicExponent}`
  }
  t.strictSame(made, { 'rsa-2048': '2048 65537', 'rsa-3072': '3072 65537', p256: 'prime256v1', p384: 'secp384r1' })
})
