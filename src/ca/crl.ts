/**
 * Certificate revocation lists (RFC 5280, 5): version 2, complete, signed by the issuer itself. The to-be-signed part is
 * made apart from the signature, so that a list can be looked at, or signed where the key is.
 */
import { CaError } from '../errors.js'
import { TAG } from './der.js'
import { time } from './der-time.js'
import { der, integer, sequence } from './der-writer.js'
import { authorityKeyIdentifier, extension } from './extensions.js'
import type { Issuer } from './issuer.js'
import { OID } from './oid.js'
import { serialOctets } from './serial.js'
import { assembleCertificate } from './tbs.js'

/**
 * CRLReason (RFC 5280, 5.3.1). `unspecified` is written by leaving the reason out, as that section wants; removeFromCRL
 * belongs to delta lists, aACompromise to attribute authorities.
 */
export const REVOCATION_REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 9,
} as const

export type RevocationReason = keyof typeof REVOCATION_REASONS

export interface RevokedEntry {
  /** Lower-case hex. */
  readonly serial: string
  readonly revokedAt: Date
  readonly reason?: RevocationReason
}

export interface CrlContent {
  readonly issuer: Issuer
  /** Goes forward only; at most 20 octets (RFC 5280, 5.2.3). */
  readonly number: bigint
  readonly thisUpdate: Date
  /** When the next list will be there, before `nextUpdate` ends this one: what Windows reads as "Next CRL Publish". */
  readonly nextPublish: Date
  readonly nextUpdate: Date
  readonly entries: Iterable<RevokedEntry>
}

/** Version v2 in TBSCertList. */
const V2 = 1
/** Which key of the CA signs, as AD CS counts; an ASA ignores it, Windows matches it with the CA certificate. */
const CA_VERSION = 0
const EXTENSIONS_TAG = 0xa0

/**
 * The signed list in DER.
 * @throws CaError `issuer-unavailable` where the issuer's key is not here.
 */
export async function buildCrl(content: CrlContent): Promise<Buffer> {
  const { signer, slug } = content.issuer
  if (signer === undefined) {
    throw new CaError('issuer-unavailable', `the key of issuer ${slug} is not here; sign its CRL where the key is and import it`)
  }
  const tbsDer = buildTbsCertList(content, signer.signatureAlgorithmDer)
  return assembleCertificate(tbsDer, signer.signatureAlgorithmDer, await signer.sign(tbsDer))
}

/** TBSCertList in DER (RFC 5280, 5.1.2); entries in the order given, and no field for them where there are none. */
export function buildTbsCertList(content: CrlContent, signatureAlgorithmDer: Buffer): Buffer {
  const entries = Array.from(content.entries, encodeEntry)
  return sequence(
    integer(V2),
    signatureAlgorithmDer,
    content.issuer.subject.der,
    time(content.thisUpdate),
    time(content.nextUpdate),
    // Concatenated first: a million entries are too many arguments for one call.
    ...(entries.length > 0 ? [sequence(Buffer.concat(entries))] : []),
    der(
      EXTENSIONS_TAG,
      sequence(
        authorityKeyIdentifier(content.issuer.keyIdentifier),
        extension(OID.msCaVersion, false, integer(CA_VERSION)),
        extension(OID.cRLNumber, false, integer(content.number)),
        extension(OID.msNextPublish, false, time(content.nextPublish)),
      ),
    ),
  )
}

function encodeEntry({ serial, revokedAt, reason }: RevokedEntry): Buffer {
  const fields = [integer(serialOctets(serial)), time(revokedAt)]
  if (reason !== undefined && reason !== 'unspecified') {
    const enumerated = der(TAG.ENUMERATED, Buffer.of(REVOCATION_REASONS[reason]))
    fields.push(sequence(extension(OID.reasonCode, false, enumerated)))
  }
  return sequence(...fields)
}
