/**
 * Encoders for the extensions that this CA writes. Each gives back the whole `Extension` (RFC 5280, 4.1: OID, critical
 * where TRUE, extnValue), with the criticality that docs/certificate-profile.md fixes.
 */
import { TAG } from './der.js'
import { bitString, der, derBoolean, oid as encodeOid, explicit, implicit, integer, octetString, sequence } from './der-writer.js'
import { encodeSubjectAltName, type GeneralName } from './general-name.js'
import { OID } from './oid.js'

/** Named bits of KeyUsage in the order of their numbers (RFC 5280, 4.2.1.3). */
export const KEY_USAGE_BITS = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

export type KeyUsageBit = (typeof KEY_USAGE_BITS)[number]

/** GeneralName [6] uniformResourceIdentifier (RFC 5280, 4.2.1.6). */
const URI_TAG = 6
const BITS_PER_OCTET = 8

/** One `Extension`; `value` is the DER that goes into extnValue. `critical` FALSE is the default and left out (X.690, 11.5). */
export function extension(oid: string, critical: boolean, value: Buffer): Buffer {
  return sequence(encodeOid(oid), ...(critical ? [derBoolean(true)] : []), octetString(value))
}

/** KeyUsage value alone: a named-bit BIT STRING without trailing zero bits (X.690, 11.2.2). */
export function keyUsageValue(bits: readonly KeyUsageBit[]): Buffer {
  const numbers = bits.map((bit) => KEY_USAGE_BITS.indexOf(bit))
  const highest = Math.max(...numbers)
  const octets = Buffer.alloc(Math.floor(highest / BITS_PER_OCTET) + 1)
  for (const n of numbers) {
    const at = Math.floor(n / BITS_PER_OCTET)
    octets[at] = (octets[at] ?? 0) | (0x80 >> (n % BITS_PER_OCTET))
  }
  return bitString(octets, BITS_PER_OCTET - 1 - (highest % BITS_PER_OCTET))
}

/** KeyUsage, critical (RFC 5280, 4.2.1.3: SHOULD). */
export function keyUsage(bits: readonly KeyUsageBit[]): Buffer {
  return extension(OID.keyUsage, true, keyUsageValue(bits))
}

/** ExtKeyUsage, not critical, in the order given (RFC 5280, 4.2.1.12). */
export function extendedKeyUsage(oids: readonly string[]): Buffer {
  return extension(OID.extKeyUsage, false, sequence(...oids.map(encodeOid)))
}

/** SubjectKeyIdentifier, not critical (RFC 5280, 4.2.1.2: MUST). */
export function subjectKeyIdentifier(keyIdentifier: Buffer): Buffer {
  return extension(OID.subjectKeyIdentifier, false, octetString(keyIdentifier))
}

/** AuthorityKeyIdentifier with the keyIdentifier alone, not critical (RFC 5280, 4.2.1.1: MUST). Certificates and CRLs. */
export function authorityKeyIdentifier(issuerKeyIdentifier: Buffer): Buffer {
  return extension(OID.authorityKeyIdentifier, false, sequence(implicit(0, issuerKeyIdentifier)))
}

/** CRLDistributionPoints, not critical: one DistributionPoint whose fullName lists all URLs (RFC 5280, 4.2.1.13). */
export function crlDistributionPoints(urls: readonly string[]): Buffer {
  const fullName = explicit(0, ...urls.map(uri))
  return extension(OID.cRLDistributionPoints, false, sequence(sequence(explicit(0, fullName))))
}

/** AuthorityInfoAccess, not critical: OCSP first where there is one, then caIssuers (RFC 5280, 4.2.2.1). */
export function authorityInfoAccess(access: { readonly caIssuers: string; readonly ocsp?: string }): Buffer {
  const descriptions = [sequence(encodeOid(OID.caIssuers), uri(access.caIssuers))]
  if (access.ocsp !== undefined) descriptions.unshift(sequence(encodeOid(OID.ocsp), uri(access.ocsp)))
  return extension(OID.authorityInfoAccess, false, sequence(...descriptions))
}

/** BasicConstraints of a CA, critical (RFC 5280, 4.2.1.9); without `pathLength` any depth is allowed below. */
export function basicConstraints(ca: { readonly pathLength?: number } = {}): Buffer {
  const length = ca.pathLength === undefined ? [] : [integer(ca.pathLength)]
  return extension(OID.basicConstraints, true, sequence(derBoolean(true), ...length))
}

/** SubjectAltName; critical exactly where the subject is empty (RFC 5280, 4.2.1.6). */
export function subjectAltName(names: readonly GeneralName[], critical: boolean): Buffer {
  return extension(OID.subjectAltName, critical, encodeSubjectAltName(names))
}

/** Template name 1.3.6.1.4.1.311.20.2 as a bare BMPString, not critical: what AD CS writes for its version 1 templates. */
export function templateName(name: string): Buffer {
  return extension(OID.msCertTemplateName, false, der(TAG.BMP_STRING, Buffer.from(name, 'utf16le').swap16()))
}

function uri(url: string): Buffer {
  return implicit(URI_TAG, Buffer.from(url, 'latin1'))
}
