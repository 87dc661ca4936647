/** Proof of possession: the request is signed with the private half of the key in it (RFC 2986, 3; RFC 4211, 4.1). */
import { verify } from 'node:crypto'
import { type CaError, refuse } from '../errors.js'
import type { CertificationRequest } from './csr.js'
import { publicKeyObject } from './public-key.js'

const POINTER = '/csr'

/**
 * Resolves when the signature of the request verifies. Works on libuv's thread pool, so that the event loop stays free.
 * Call `checkKey` first: it bounds the modulus and the exponent, and with them what a verification can cost.
 * @throws CaError `csr-signature-invalid`, `key-point` (the point of an EC key lies off its curve).
 */
export async function verifyProofOfPossession(csr: CertificationRequest): Promise<void> {
  const key = publicKeyObject(csr.publicKey)
  const valid = await new Promise<boolean>((resolve, reject) => {
    verify(csr.signatureAlgorithm.digest, csr.infoDer, key, csr.signature, (error, result) => {
      if (error) reject(invalid(error))
      else resolve(result)
    })
  })
  if (!valid) throw invalid(undefined)
}

function invalid(cause: Error | undefined): CaError {
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
