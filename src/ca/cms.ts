/** Certificates in a PKCS#7 file (`.p7b`), by pkijs: CMS is the one format here that nothing else of the service writes. */
import { Certificate, ContentInfo, EncapsulatedContentInfo, SignedData } from 'pkijs'
import { OID } from './oid.js'

/** Version of a SignedData with X.509 certificates and no signer (RFC 5652, 5.1). */
const VERSION = 1

/**
 * A certs-only SignedData (RFC 5652, 5: the degenerate case without signers), as ContentInfo. The certificates stand in
 * the order given, leaf first, because programs that read `.p7b` files take the first for the leaf. DER would sort them
 * (X.690, 11.6); CMS asks for BER only (RFC 5652, 2), so a strict reader of DER may refuse the file.
 * @param certificates DER; each stands in the file octet for octet.
 */
export function degeneratePkcs7(certificates: readonly Buffer[]): Buffer {
  const signedData = new SignedData({
    version: VERSION,
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: OID.data }),
    certificates: certificates.map((der) => Certificate.fromBER(der)),
  })
  const content = new ContentInfo({ contentType: OID.signedData, content: signedData.toSchema(true) })
  return Buffer.from(content.toSchema().toBER(false))
}
