/**
 * The CA's private key as a file: PKCS#8 (RFC 5958) under PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018),
 * in PEM, so that `openssl pkey` and others read it too. Node's own export would stop at 2,048 rounds of PBKDF2.
 */
import { createCipheriv, createPrivateKey, generateKeyPair, type KeyObject, pbkdf2Sync } from 'node:crypto'
import { promisify } from 'node:util'
import { CaError } from '../errors.js'
import { derNull, integer, octetString, oid, sequence } from './der-writer.js'
import { OID } from './oid.js'
import { pem } from './pem.js'
import type { RandomBytes } from './ports.js'

export const ISSUER_KEY_KINDS = ['rsa-2048', 'rsa-3072', 'rsa-4096', 'p256', 'p384'] as const
export type IssuerKeyKind = (typeof ISSUER_KEY_KINDS)[number]

/** Rounds of PBKDF2 for a passphrase that a person chose (OWASP, 2023); 0.2 s once per start. */
const PBKDF2_ROUNDS = 600_000
/** RFC 8018 4.1 asks for at least 8 octets. */
const SALT_OCTETS = 16
const AES_256_KEY_OCTETS = 32
const AES_BLOCK_OCTETS = 16
/** The one exponent that the key policy takes from others, too. */
const PUBLIC_EXPONENT = 65_537

const generate = promisify(generateKeyPair)

/** A new CA key pair; RSA takes up to a few seconds on the thread pool. */
export async function generateIssuerKey(kind: IssuerKeyKind): Promise<KeyObject> {
  switch (kind) {
    case 'p256':
      return (await generate('ec', { namedCurve: 'prime256v1' })).privateKey
    case 'p384':
      return (await generate('ec', { namedCurve: 'secp384r1' })).privateKey
    default: {
      const modulusLength = Number(kind.slice('rsa-'.length))
      return (await generate('rsa', { modulusLength, publicExponent: PUBLIC_EXPONENT })).privateKey
    }
  }
}

/**
 * The key encrypted under the passphrase: one PEM block `ENCRYPTED PRIVATE KEY`, ASCII. Takes 0.2 s.
 * @param random for salt and initialization vector.
 */
export function encryptKey(key: KeyObject, passphrase: string, random: RandomBytes): Buffer {
  const salt = random(SALT_OCTETS)
  const iv = random(AES_BLOCK_OCTETS)
  const secret = pbkdf2Sync(passphrase, salt, PBKDF2_ROUNDS, AES_256_KEY_OCTETS, 'sha256')
  const cipher = createCipheriv('aes-256-cbc', secret, iv)
  const encrypted = Buffer.concat([cipher.update(key.export({ type: 'pkcs8', format: 'der' })), cipher.final()])
  const derivation = sequence(
    oid(OID.pbkdf2),
    sequence(octetString(salt), integer(PBKDF2_ROUNDS), sequence(oid(OID.hmacWithSHA256), derNull())),
  )
  const encryption = sequence(oid(OID.aes256Cbc), octetString(iv))
  const algorithm = sequence(oid(OID.pbes2), sequence(derivation, encryption))
  return Buffer.from(pem('ENCRYPTED PRIVATE KEY', sequence(algorithm, octetString(encrypted))), 'latin1')
}

/**
 * The key from such a file, or from any encrypted PKCS#8 that OpenSSL reads.
 * @throws CaError `issuer-unavailable` for a wrong passphrase, an unencrypted key and anything else; the cause goes
 * without the file's content.
 */
export function decryptKey(pemFile: Buffer, passphrase: string): KeyObject {
  if (!pemFile.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----')) {
    throw new CaError(
      'issuer-unavailable',
      'the CA key file holds no ENCRYPTED PRIVATE KEY block: put back the file that the service wrote, or encrypt the key with `openssl pkcs8 -topk8 -v2 aes-256-cbc`',
    )
  }
  try {
    return createPrivateKey({ key: pemFile, format: 'pem', passphrase })
  } catch (cause) {
    throw new CaError(
      'issuer-unavailable',
      'the CA key file cannot be decrypted: the passphrase is not the one that it was encrypted with, or the file is damaged',
      { cause },
    )
  }
}
