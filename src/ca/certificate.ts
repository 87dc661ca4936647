/** Reads X.509 certificates (RFC 5280, 4.1) through the one strict reader: our own, a CA's that is imported, a pasted one. */
import { CaError } from '../errors.js'
import { type DerNode, readDer, readInteger, readOid, TAG } from './der.js'
import { readTime } from './der-time.js'
import { type Name, parseName } from './name.js'
import { parseSubjectPublicKey, type SubjectPublicKey } from './public-key.js'

export interface CertificateExtension {
  /** Dotted. */
  readonly oid: string
  readonly critical: boolean
  /** Content of extnValue: the extension's own DER. */
  readonly value: Buffer
}

export interface Certificate {
  readonly der: Buffer
  /** What the signature is over. */
  readonly tbsDer: Buffer
  readonly version: 1 | 2 | 3
  /** Lower-case hex, two digits an octet, without the sign octet. */
  readonly serial: string
  /** Dotted OID; both places agree. */
  readonly signatureAlgorithm: string
  readonly issuer: Name
  readonly notBefore: Date
  /** The last second at which it is valid (RFC 5280, 4.1.2.5). */
  readonly notAfter: Date
  readonly subject: Name
  readonly spkiDer: Buffer
  /** Undefined for a key of a kind that this service does not read. */
  readonly publicKey: SubjectPublicKey | undefined
  readonly extensions: readonly CertificateExtension[]
  /** Octets of the BIT STRING. */
  readonly signature: Buffer
}

const VERSION_TAG = 0xa0
/** issuerUniqueID and subjectUniqueID, IMPLICIT BIT STRING. */
const UNIQUE_ID_TAGS: readonly number[] = [0x81, 0x82]
const EXTENSIONS_TAG = 0xa3

/**
 * Structure only: neither signature nor dates are judged.
 * @throws CaError `csr-not-der`, `csr-malformed`, `name-control-character`.
 */
export function parseCertificate(der: Buffer): Certificate {
  const root = readDer(der)
  const [tbs, algorithm, signature] = fields(root, 3, 'Certificate')
  if (signature?.tag !== TAG.BIT_STRING || signature.content[0] !== 0) malformed('its signature is no BIT STRING of whole octets')
  if (tbs?.tag !== TAG.SEQUENCE) malformed('TBSCertificate is no SEQUENCE')
  const rest = [...tbs.children]
  const version = readVersion(rest[0]?.tag === VERSION_TAG ? rest.shift() : undefined)
  const [serial, innerAlgorithm, issuer, validity, subject, spki, ...optional] = rest
  if (!serial || !innerAlgorithm || !issuer || !validity || !subject || !spki) malformed('TBSCertificate lacks a field')
  if (!algorithm || !innerAlgorithm.bytes.equals(algorithm.bytes)) {
    malformed('the two signature algorithms differ (RFC 5280, 4.1.1.2)')
  }
  const [notBefore, notAfter] = fields(validity, 2, 'Validity')
  if (!notBefore || !notAfter) malformed('Validity lacks a time')
  return {
    der,
    tbsDer: tbs.bytes,
    version,
    serial: readSerial(serial),
    signatureAlgorithm: readAlgorithm(algorithm),
    issuer: parseName(issuer),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    subject: parseName(subject),
    spkiDer: spki.bytes,
    publicKey: readPublicKey(spki),
    extensions: readOptional(optional, version),
    signature: signature.content.subarray(1),
  }
}

function readVersion(node: DerNode | undefined): 1 | 2 | 3 {
  if (node === undefined) return 1
  const [number] = node.children
  const value = number?.tag === TAG.INTEGER && node.children.length === 1 ? readInteger(number) : undefined
  if (value === 1n) return 2
  if (value === 2n) return 3
  return malformed('its version is neither v2 nor v3, and v1 is not written (X.690, 11.5)')
}

function readSerial(node: DerNode): string {
  if (node.tag !== TAG.INTEGER || (node.content[0] ?? 0x80) >= 0x80) malformed('its serial number is no positive INTEGER')
  return (node.content.length > 1 && node.content[0] === 0 ? node.content.subarray(1) : node.content).toString('hex')
}

function readAlgorithm(node: DerNode): string {
  const [identifier] = node.children
  if (node.tag !== TAG.SEQUENCE || !identifier) malformed('its AlgorithmIdentifier is malformed')
  return readOid(identifier)
}

function readPublicKey(spki: DerNode): SubjectPublicKey | undefined {
  try {
    return parseSubjectPublicKey(spki)
  } catch {
    return undefined
  }
}

function readOptional(nodes: readonly DerNode[], version: number): CertificateExtension[] {
  let lastTag = 0
  let extensions: CertificateExtension[] = []
  for (const node of nodes) {
    if (node.tag <= lastTag) malformed('fields of TBSCertificate stand twice or out of order')
    lastTag = node.tag
    if (node.tag === EXTENSIONS_TAG && version === 3) extensions = readExtensions(node)
    else if (!UNIQUE_ID_TAGS.includes(node.tag) || version === 1)
      malformed(`TBSCertificate of version ${version} has an unknown field`)
  }
  return extensions
}

function readExtensions(node: DerNode): CertificateExtension[] {
  const [list] = node.children
  if (list?.tag !== TAG.SEQUENCE || node.children.length !== 1 || list.children.length === 0) {
    malformed('its extensions are no SEQUENCE, or an empty one')
  }
  const seen = new Set<string>()
  return list.children.map((child) => {
    const [oid, second, third] = child.children
    const value = third ?? second
    const flag = third === undefined ? undefined : second
    const wellFormed = child.tag === TAG.SEQUENCE && child.children.length <= 3 && value?.tag === TAG.OCTET_STRING
    if (!wellFormed || oid === undefined) return malformed('an extension is not OID, critical and OCTET STRING')
    if (flag !== undefined && (flag.tag !== TAG.BOOLEAN || flag.content[0] !== 0xff))
      malformed('`critical` of an extension is not TRUE')
    const dotted = readOid(oid)
    if (seen.has(dotted)) malformed(`it has the extension ${dotted} twice (RFC 5280, 4.2)`)
    seen.add(dotted)
    return { oid: dotted, critical: flag !== undefined, value: value.content }
  })
}

function fields(node: DerNode, count: number, type: string): readonly DerNode[] {
  if (node.tag !== TAG.SEQUENCE || node.children.length !== count) malformed(`${type} is no SEQUENCE of ${count}`)
  return node.children
}

function malformed(rule: string): never {
  throw new CaError('csr-malformed', `the certificate is malformed: ${rule}`)
}
