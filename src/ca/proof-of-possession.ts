/** Proof of possession: the request is signed with the private half of the key in it (RFC 2986, 3; RFC 4211, 4.1). */
import { type KeyObject, verify } from 'node:crypto'
import { type CaError, refuse } from '../errors.js'
import type { CertificationRequest } from './csr.js'
import { publicKeyObject, type SubjectPublicKey } from './public-key.js'

const POINTER = '/csr'

/**
 * Largest RSA modulus, in bits, that is verified on the event loop. RSA-2048 takes 0.03 ms and RSA-4096 0.1 ms there; a hop
 * through the thread pool costs the loop 0.05 to 0.1 ms for waking a thread and being woken, and a core's cache with it.
 */
const MAX_INLINE_RSA_BITS = 4096

/**
 * Resolves when the signature of the request verifies. What takes longer than a hop (RSA above 4096 bits, P-384, P-521)
 * works on libuv's thread pool, so that the event loop stays free; what does not is done at once.
 * Call `checkKey` first: it bounds the modulus and the exponent, and with them what a verification can cost.
 * @throws CaError `csr-signature-invalid`, `key-point` (the point of an EC key lies off its curve).
 */
export async function verifyProofOfPossession(csr: CertificationRequest): Promise<void> {
  const key = publicKeyObject(csr.publicKey)
  const valid = isQuick(csr.publicKey) ? verifyNow(csr, key) : await verifyInPool(csr, key)
  if (!valid) throw invalid(undefined)
}

function verifyNow(csr: CertificationRequest, key: KeyObject): boolean {
  try {
    return verify(csr.signatureAlgorithm.digest, csr.infoDer, key, csr.signature)
  } catch (cause) {
    throw invalid(cause)
  }
}

function verifyInPool(csr: CertificationRequest, key: KeyObject): Promise<boolean> {
  return new Promise((resolve, reject) => {
    verify(csr.signatureAlgorithm.digest, csr.infoDer, key, csr.signature, (error, result) => {
      if (error) reject(invalid(error))
      else resolve(result)
    })
  })
}

function isQuick(key: SubjectPublicKey): boolean {
  return key.type === 'rsa' ? key.bits <= MAX_INLINE_RSA_BITS : key.curve === 'P-256'
}

function invalid(cause: unknown): CaError {
  return refuse(
    'csr-signature-invalid',
    {
      pointer: POINTER,
      rule: 'the signature of the request does not verify with the key in it',
      remedy: 'paste the whole block again; one changed character breaks the signature',
    },
    { cause },
  )
}
