/** Where a private key signs. Small on purpose, so that a key in an HSM can stand behind the same two values and one call. */
import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { CaError } from '../errors.js'
import { derNull, oid, sequence } from './der-writer.js'
import { OID } from './oid.js'

export interface Signer {
  /** SubjectPublicKeyInfo of the signing key, DER. */
  readonly spkiDer: Buffer
  /** AlgorithmIdentifier that goes into both places of what is signed, DER; with NULL parameters for RSA (RFC 4055, 5). */
  readonly signatureAlgorithmDer: Buffer
  /** The signature over these octets, as it stands in the BIT STRING (ECDSA: DER of r and s, RFC 3279, 2.2.3). */
  sign(tbsDer: Buffer): Promise<Buffer>
}

interface Algorithm {
  readonly digest: 'sha256' | 'sha384'
  readonly identifierDer: Buffer
  /** Signs faster than a hop through the thread pool takes: P-256 0.025 ms, the hop 0.045 ms and more. */
  readonly quick: boolean
}

const RSA_SHA256: Algorithm = {
  digest: 'sha256',
  identifierDer: sequence(oid(OID.sha256WithRSAEncryption), derNull()),
  quick: false,
}
/** Node's curve name to what we sign with on it: the digest as strong as the curve. ECDSA has no parameters (RFC 5758, 3.2). */
const ECDSA: Readonly<Record<string, Algorithm>> = {
  prime256v1: { digest: 'sha256', identifierDer: sequence(oid(OID.ecdsaWithSHA256)), quick: true },
  secp384r1: { digest: 'sha384', identifierDer: sequence(oid(OID.ecdsaWithSHA384)), quick: false },
}

/**
 * A signer over a private key in memory: RSA (PKCS#1 v1.5) and P-256 with SHA-256, P-384 with SHA-384.
 * RSASSA-PSS keys are refused: an ASA cannot import what they sign. RSA and P-384 sign on the thread pool, because
 * they take 0.5 ms and more; the KeyObject is kept, because reading a PEM for each signature would cost another 0.39 ms.
 * @throws CaError `issuer-unavailable` for any other kind of key.
 */
export function signerFromKey(privateKey: KeyObject): Signer {
  const { digest, identifierDer, quick } = algorithmFor(privateKey)
  return {
    spkiDer: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    signatureAlgorithmDer: identifierDer,
    sign: quick ? async (tbsDer) => signNow(digest, tbsDer, privateKey) : (tbsDer) => signInPool(digest, tbsDer, privateKey),
  }
}

function signNow(digest: string, tbsDer: Buffer, key: KeyObject): Buffer {
  try {
    return sign(digest, tbsDer, key)
  } catch (cause) {
    throw couldNotSign(cause)
  }
}

function signInPool(digest: string, tbsDer: Buffer, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(digest, tbsDer, key, (error, signature) => (error ? reject(couldNotSign(error)) : resolve(signature)))
  })
}

function couldNotSign(cause: unknown): CaError {
  return new CaError('issuer-unavailable', 'the CA key could not sign', { cause })
}

function algorithmFor(key: KeyObject): Algorithm {
  const curve = key.asymmetricKeyDetails?.namedCurve
  const algorithm = key.asymmetricKeyType === 'rsa' ? RSA_SHA256 : key.asymmetricKeyType === 'ec' ? ECDSA[curve ?? ''] : undefined
  if (key.type !== 'private' || algorithm === undefined) {
    const kind = `${key.type} ${key.asymmetricKeyType ?? 'key'}${curve === undefined ? '' : ` on ${curve}`}`
    throw new CaError(
      'issuer-unavailable',
      `a CA key must be a private key of kind RSA, EC P-256 or EC P-384, and this is: ${kind}`,
    )
  }
  return algorithm
}
