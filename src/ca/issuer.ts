/** A CA certificate ready for use: what goes from it into everything it signs, read once. */
import { CaError } from '../errors.js'
import { readDer } from './der.js'
import { readTime } from './der-time.js'
import { authorityInfoAccess, authorityKeyIdentifier, crlDistributionPoints } from './extensions.js'
import { type Name, parseName } from './name.js'
import type { IssuerRecord, IssuerSlug } from './ports.js'
import { keyIdentifier } from './public-key.js'
import type { Signer } from './signer.js'

/** Addresses that stand in certificates; plain `http://` always, because they must be readable before any trust exists. */
export interface PublicationUrls {
  readonly crl: string
  readonly caCertificate: string
  readonly ocsp?: string
}

export interface Issuer {
  readonly id: number
  readonly slug: IssuerSlug
  readonly certificateDer: Buffer
  /** The CA's subject; its `der` stands byte for byte as issuer in what it signs (RFC 5280, 4.1.2.4). */
  readonly subject: Name
  /** SHA-1 of the key (RFC 5280, 4.2.1.2, method 1): SKI of the CA, AKI of what it signs. */
  readonly keyIdentifier: Buffer
  readonly notBefore: Date
  readonly notAfter: Date
  /** Absent where the key lies elsewhere (an exported root). */
  readonly signer?: Signer
  readonly urls: PublicationUrls
  /** AKI, CRL distribution point and AIA of what it issues, as encoded extensions in this order: made once. */
  readonly extensionsDer: Buffer
}

/**
 * Where the CRL and the certificate of an issuer are published; paths that never change, since certificates carry them.
 * @param publicUrl `http://host[:port][/prefix]`
 * @throws CaError `internal` for another scheme: fetching a CRL over TLS would need the CRL first (RFC 5280, 8).
 */
export function publicationUrls(publicUrl: string, slug: IssuerSlug): PublicationUrls {
  if (!publicUrl.startsWith('http://')) {
    throw new CaError(
      'internal',
      `the public URL ${publicUrl} must begin with http://, since CRLs are fetched before TLS can be trusted`,
    )
  }
  const base = publicUrl.replace(/\/+$/, '')
  return { crl: `${base}/pki/${slug}.crl`, caCertificate: `${base}/pki/${slug}.cer` }
}

/**
 * An issuer from its row.
 * @throws CaError `issuer-unavailable` where the signer's key is not the certificate's.
 */
export function createIssuer(record: IssuerRecord, signer: Signer | undefined, publicUrl: string): Issuer {
  const [tbs] = readDer(record.certificateDer).children
  // version, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo (RFC 5280, 4.1)
  const [, , , , validity, subject, spki] = tbs?.children ?? []
  const [notBefore, notAfter] = validity?.children ?? []
  if (!subject || !spki || !notBefore || !notAfter) {
    throw new CaError('issuer-unavailable', `the stored certificate of issuer ${record.slug} is no X.509 v3 certificate`)
  }
  if (signer && !signer.spkiDer.equals(spki.bytes)) {
    throw new CaError('issuer-unavailable', `the private key for issuer ${record.slug} is not the one in its certificate`)
  }
  const identifier = keyIdentifier(spki.bytes)
  const urls = publicationUrls(publicUrl, record.slug)
  return {
    id: record.id,
    slug: record.slug,
    certificateDer: record.certificateDer,
    subject: parseName(subject),
    keyIdentifier: identifier,
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    ...(signer ? { signer } : {}),
    urls,
    extensionsDer: Buffer.concat([
      authorityKeyIdentifier(identifier),
      crlDistributionPoints([urls.crl]),
      authorityInfoAccess({ caIssuers: urls.caCertificate, ...(urls.ocsp === undefined ? {} : { ocsp: urls.ocsp }) }),
    ]),
  }
}
