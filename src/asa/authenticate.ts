/** What goes into `crypto ca authenticate`: the certificate of the CA that the ASA is to trust. */
import { parseCertificate } from '../ca/certificate.js'
import { formatName } from '../ca/name.js'
import { pem } from '../ca/pem.js'
import type { IssuerSlug } from '../ca/ports.js'
import { consolePaste } from './console-paste.js'
import { fingerprints } from './fingerprint.js'
import { checkTrustpoint } from './trustpoint.js'

/** One trustpoint holds one CA certificate, so that the two tiers go into two. */
const PLACE: Readonly<Record<IssuerSlug, string>> = {
  root: 'Root CA. With an issuing CA below it, the root goes into a trustpoint of its own.',
  ca: 'Issuing CA: for the trustpoint that enrolls. The root goes into another trustpoint.',
}

/**
 * The finished paste for `crypto ca authenticate TRUSTPOINT`. The ASA then shows the fingerprint that the comments name,
 * and asks; the answer is the reader's and not in the text.
 * @throws CaError `trustpoint-syntax`.
 */
export function authenticatePaste(options: {
  readonly trustpoint: string
  readonly caCertificateDer: Buffer
  readonly slug: IssuerSlug
}): string {
  checkTrustpoint(options.trustpoint)
  const { md5Asa, sha256 } = fingerprints(options.caCertificateDer)
  return consolePaste({
    comments: [
      `CA certificate ${formatName(parseCertificate(options.caCertificateDer).subject)}`,
      PLACE[options.slug],
      'The ASA will show this fingerprint:',
      `Fingerprint:     ${md5Asa}`,
      `SHA-256: ${sha256}`,
      'Compare it with what the operator of the CA tells you. If it is the same, accept the certificate when it asks.',
    ],
    command: `crypto ca authenticate ${options.trustpoint}`,
    pem: pem('CERTIFICATE', options.caCertificateDer),
  })
}
