/** The certificates of the CA itself: a self-signed root, and an issuing CA below it. */
import { CaError } from '../errors.js'
import {
  authorityInfoAccess,
  authorityKeyIdentifier,
  basicConstraints,
  crlDistributionPoints,
  keyUsage,
  subjectKeyIdentifier,
} from './extensions.js'
import type { Issuer } from './issuer.js'
import { lintCaCertificate } from './lint.js'
import { attributeValues, formatName, type Name } from './name.js'
import { OID } from './oid.js'
import { keyIdentifier } from './public-key.js'
import type { Signer } from './signer.js'
import { assembleCertificate, encodeTbs } from './tbs.js'

/** AnyConnect's rules for choosing a certificate compare at most 30 characters of the issuer's CN. */
const MAX_CA_COMMON_NAME_CHARACTERS = 30

/** digitalSignature too, so that the CA may sign OCSP answers itself (RFC 6960, 2.6). */
const CA_KEY_USAGE = keyUsage(['digitalSignature', 'keyCertSign', 'cRLSign'])

export interface RootInput {
  readonly subject: Name
  readonly signer: Signer
  readonly notBefore: Date
  readonly notAfter: Date
  /** Lower-case hex, as `newSerial` gives it. */
  readonly serial: string
}

export interface IssuingInput {
  readonly subject: Name
  /** Key of the issuing CA. */
  readonly spkiDer: Buffer
  /** The root, with its signer. */
  readonly parent: Issuer
  readonly notBefore: Date
  readonly notAfter: Date
  readonly serial: string
}

/**
 * A self-signed root: SKI, BasicConstraints without path length, KeyUsage; no EKU, so that it limits no purpose.
 * @throws CaError `name-subject-syntax`, `name-common-name-length`, `lint-failed`, `issuer-unavailable`.
 */
export async function buildRootCertificate({ subject, signer, notBefore, notAfter, serial }: RootInput): Promise<Buffer> {
  checkCaSubject(subject)
  const fields = {
    serial,
    signatureAlgorithmDer: signer.signatureAlgorithmDer,
    issuerDer: subject.der,
    notBefore,
    notAfter,
    subjectDer: subject.der,
    spkiDer: signer.spkiDer,
  }
  const extensionsDer = Buffer.concat([subjectKeyIdentifier(keyIdentifier(signer.spkiDer)), basicConstraints(), CA_KEY_USAGE])
  const tbs = encodeTbs({ ...fields, extensionsDer })
  lintCaCertificate(tbs, fields, { spkiDer: signer.spkiDer })
  return assembleCertificate(tbs, signer.signatureAlgorithmDer, await signer.sign(tbs))
}

/**
 * An issuing CA: path length 0, the root's CRL and certificate as addresses, no OCSP (the root answers by CRL alone).
 * @throws CaError as `buildRootCertificate`; `issuer-unavailable` where the root's key is not here.
 */
export async function buildIssuingCertificate({
  subject,
  spkiDer,
  parent,
  notBefore,
  notAfter,
  serial,
}: IssuingInput): Promise<Buffer> {
  checkCaSubject(subject)
  const { signer, urls } = parent
  if (!signer) throw new CaError('issuer-unavailable', `the key of issuer ${parent.slug} is not on this server`)
  if (subject.der.equals(parent.subject.der)) {
    throw new CaError(
      'name-subject-syntax',
      `the issuing CA must have another subject than the root, ${formatName(subject)}; give it another CN`,
    )
  }
  const fields = {
    serial,
    signatureAlgorithmDer: signer.signatureAlgorithmDer,
    issuerDer: parent.subject.der,
    notBefore,
    notAfter,
    subjectDer: subject.der,
    spkiDer,
  }
  const extensionsDer = Buffer.concat([
    subjectKeyIdentifier(keyIdentifier(spkiDer)),
    authorityKeyIdentifier(parent.keyIdentifier),
    crlDistributionPoints([urls.crl]),
    authorityInfoAccess({ caIssuers: urls.caCertificate }),
    basicConstraints({ pathLength: 0 }),
    CA_KEY_USAGE,
  ])
  const tbs = encodeTbs({ ...fields, extensionsDer })
  lintCaCertificate(tbs, fields, { spkiDer, parent })
  return assembleCertificate(tbs, signer.signatureAlgorithmDer, await signer.sign(tbs))
}

/**
 * A CA's subject has exactly one CN, of at most 30 characters.
 * @throws CaError `name-subject-syntax`, `name-common-name-length`.
 */
export function checkCaSubject(subject: Name): void {
  const [commonName, ...more] = attributeValues(subject, OID.commonName)
  if (commonName === undefined || more.length > 0) {
    throw new CaError(
      'name-subject-syntax',
      `the CA subject "${formatName(subject)}" must have exactly one CN; write it as in \`CN=lab-PKI-CA,O=Lab\``,
    )
  }
  const { length } = Array.from(commonName)
  if (length > MAX_CA_COMMON_NAME_CHARACTERS) {
    throw new CaError(
      'name-common-name-length',
      `the CN "${commonName}" of the CA subject has ${length} characters, and AnyConnect compares only ${MAX_CA_COMMON_NAME_CHARACTERS}; choose a shorter one`,
    )
  }
}
