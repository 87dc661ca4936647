/** A PKCS#10 request (RFC 2986) of our own: for the service's HTTPS certificate, and for tests and benchmarks. */
import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { bitString, der, derNull, explicit, integer, octetString, oid, sequence, setOf } from './der-writer.js'
import { encodeSubjectAltName, type GeneralName } from './general-name.js'
import type { Name } from './name.js'
import { OID } from './oid.js'

export interface CsrContent {
  readonly subject: Name
  /** Signs the request with SHA-256; its public half goes in. RSA or a NIST curve. */
  readonly privateKey: KeyObject
  readonly subjectAltNames: readonly GeneralName[]
}

/** The request in DER. Signs at once on the calling thread, since nothing waits for it. */
export function buildCsr(content: CsrContent): Buffer {
  const spki = createPublicKey(content.privateKey).export({ type: 'spki', format: 'der' })
  const info = sequence(integer(0), content.subject.der, spki, attributes(content.subjectAltNames))
  const algorithm =
    content.privateKey.asymmetricKeyType === 'rsa'
      ? sequence(oid(OID.sha256WithRSAEncryption), derNull())
      : sequence(oid(OID.ecdsaWithSHA256))
  return sequence(info, algorithm, bitString(sign('sha256', info, content.privateKey)))
}

/** `[0]` attributes: an extensionRequest with the names, or empty (RFC 2986 4.1: always present). */
function attributes(names: readonly GeneralName[]): Buffer {
  if (names.length === 0) return explicit(0)
  const extension = sequence(oid(OID.subjectAltName), octetString(encodeSubjectAltName(names)))
  return der(0xa0, sequence(oid(OID.extensionRequest), setOf(sequence(extension))))
}
