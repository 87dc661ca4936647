/**
 * Says what an encoding is that is no certificate request, so that the refusal can name it. Foreign files come in BER
 * too (PKCS#7 and PKCS#12 from Windows have indefinite lengths), which the strict reader refuses unread; node-forge's
 * ASN.1 codec reads both, bounded in depth. Nothing that is read here is ever used: what is taken goes through `der.ts`.
 */
import forge from 'node-forge'

export type Identified =
  | 'certificate-request'
  | 'certificate'
  | 'private-key'
  | 'encrypted-private-key'
  | 'crl'
  | 'pkcs7'
  | 'pkcs12'
  | 'public-key'
  | 'unknown'

const { Class, Type } = forge.asn1

/** Truncated values are read as far as they go; octets behind the value are left; depth as a PKCS#12 in the clear needs. */
const READ_OPTIONS = { strict: false, parseAllBytes: false, decodeBitStrings: false, maxDepth: 64 }
/** The published types know only the older form of the second argument. */
const fromDer = forge.asn1.fromDer as unknown as (bytes: forge.util.ByteBuffer, options: typeof READ_OPTIONS) => forge.asn1.Asn1

/** Arc of the content types of PKCS#7 and CMS (RFC 5652, 4). */
const CMS_CONTENT_ARC = '1.2.840.113549.1.7.'
/** Arcs of the password-based encryption schemes: PKCS#5 (RFC 8018, A) and PKCS#12 (RFC 7292, C). */
const PBE_ARCS = ['1.2.840.113549.1.5.', '1.2.840.113549.1.12.1.']
/** Version of a PFX (RFC 7292, 4). */
const PFX_VERSION = 3

/** What a whole encoding is, by its shape; octets behind it don't matter. Never throws. */
export function identifyDer(der: Buffer): Identified {
  try {
    return identifyShape(fromDer(forge.util.createBuffer(der.toString('latin1')), READ_OPTIONS))
  } catch {
    return identifyBeginning(der)
  }
}

function identifyShape(root: forge.asn1.Asn1): Identified {
  const [first, second, third] = parts(root)
  if (first === undefined) return 'unknown'
  if (isOid(first)) return oidOf(first).startsWith(CMS_CONTENT_ARC) ? 'pkcs7' : 'unknown'
  if (is(first, Type.INTEGER)) return identifyVersioned(first, second)
  if (!is(first, Type.SEQUENCE)) return 'unknown'
  if (second !== undefined && isOid(parts(first)[0])) {
    const algorithm = oidOf(parts(first)[0])
    if (is(second, Type.OCTETSTRING))
      return PBE_ARCS.some((arc) => algorithm.startsWith(arc)) ? 'encrypted-private-key' : 'unknown'
    return is(second, Type.BITSTRING) ? 'public-key' : 'unknown'
  }
  return is(second, Type.SEQUENCE) && is(third, Type.BITSTRING) ? identifySigned(parts(first)) : 'unknown'
}

/** SEQUENCE that begins with an INTEGER: PFX, PrivateKeyInfo, RSAPrivateKey, DSA key, ECPrivateKey, RSAPublicKey. */
function identifyVersioned(version: forge.asn1.Asn1, second: forge.asn1.Asn1 | undefined): Identified {
  const number = typeof version.value === 'string' && version.value.length === 1 ? version.value.charCodeAt(0) : undefined
  if (number === PFX_VERSION && isOid(parts(second)[0])) return 'pkcs12'
  if (number === 0 || number === 1) {
    if (is(second, Type.INTEGER) || is(second, Type.OCTETSTRING) || isOid(parts(second)[0])) return 'private-key'
  }
  return number === undefined && is(second, Type.INTEGER) ? 'public-key' : 'unknown'
}

/** The to-be-signed part of SIGNED{}: CertificationRequestInfo, TBSCertificate or TBSCertList. */
function identifySigned(info: readonly forge.asn1.Asn1[]): Identified {
  const versioned = is(info[0], Type.INTEGER) || info[0]?.tagClass === Class.CONTEXT_SPECIFIC
  const fields = versioned ? info.slice(1) : info
  if (fields.some((field) => is(field, Type.UTCTIME) || is(field, Type.GENERALIZEDTIME))) return 'crl'
  if (info[0]?.tagClass === Class.CONTEXT_SPECIFIC) return is(info[1], Type.INTEGER) ? 'certificate' : 'unknown'
  if (!is(info[0], Type.INTEGER) || !is(info[1], Type.SEQUENCE) || !is(info[2], Type.SEQUENCE)) return 'unknown'
  // A version 1 certificate goes on with validity; a request has [0] attributes here, or ends.
  return is(info[3], Type.SEQUENCE) ? 'certificate' : 'certificate-request'
}

/** Tag and length of a SEQUENCE in hex, definite (any form) or indefinite. */
const HEADER = '30(?:[0-7].|80|81..|82....|83.{6}|84.{8})'
const BEGINNINGS: readonly (readonly [RegExp, Identified])[] = [
  [new RegExp(`^${HEADER}${HEADER}a003`), 'certificate'],
  [new RegExp(`^${HEADER}${HEADER}020100`), 'certificate-request'],
  [new RegExp(`^${HEADER}020103`), 'pkcs12'],
  [new RegExp(`^${HEADER}02010[01](?:02|04|30)`), 'private-key'],
]
/** Octets that the longest of these beginnings takes. */
const BEGINNING_OCTETS = 20

/** What the first octets of an encoding that is cut short, or broken further on, promise. Never throws. */
export function identifyBeginning(der: Buffer): Identified {
  const hex = der.subarray(0, BEGINNING_OCTETS).toString('hex')
  return BEGINNINGS.find(([beginning]) => beginning.test(hex))?.[1] ?? 'unknown'
}

function parts(node: forge.asn1.Asn1 | undefined): forge.asn1.Asn1[] {
  return node?.constructed && Array.isArray(node.value) ? node.value : []
}

function is(node: forge.asn1.Asn1 | undefined, type: forge.asn1.Type): boolean {
  return node?.tagClass === Class.UNIVERSAL && node.type === type
}

function isOid(node: forge.asn1.Asn1 | undefined): node is forge.asn1.Asn1 {
  return is(node, Type.OID) && typeof node?.value === 'string'
}

function oidOf(node: forge.asn1.Asn1 | undefined): string {
  return typeof node?.value === 'string' ? forge.asn1.derToOid(forge.util.createBuffer(node.value)) : ''
}
