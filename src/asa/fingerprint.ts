/** Fingerprints of certificates as the consoles that show them print them. */
import { createHash } from 'node:crypto'

/** Hex digits in one group of an ASA's fingerprint. */
const GROUP_DIGITS = 8

/**
 * MD5 of the certificate's DER in four groups of eight lower-case hex digits: what the ASA shows at
 * `crypto ca authenticate` before it asks "Do you accept this certificate?". MD5 because the ASA prints no other.
 */
export function asaFingerprint(certificateDer: Buffer): string {
  const hex = createHash('md5').update(certificateDer).digest('hex')
  return (hex.match(new RegExp(`.{${GROUP_DIGITS}}`, 'g')) ?? []).join(' ')
}

export interface Fingerprints {
  /** Colon-separated upper-case hex pairs, as openssl and browsers show it. */
  readonly sha256: string
  /** Colon-separated upper-case hex pairs. */
  readonly sha1: string
  /** Four groups of eight lower-case hex digits, as the ASA shows it. */
  readonly md5Asa: string
}

/** The three fingerprints of a certificate by which a person compares two screens. */
export function fingerprints(certificateDer: Buffer): Fingerprints {
  return {
    sha256: colonHex('sha256', certificateDer),
    sha1: colonHex('sha1', certificateDer),
    md5Asa: asaFingerprint(certificateDer),
  }
}

function colonHex(digest: string, der: Buffer): string {
  return (createHash(digest).update(der).digest('hex').toUpperCase().match(/../g) ?? []).join(':')
}
