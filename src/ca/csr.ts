/**
 * CertificationRequest (RFC 2986): bytes to a value, structure only. A request is a request: key and names are read,
 * extensions are listed and never copied. The signature is checked by `proof-of-possession.ts`, the key by `key-policy.ts`.
 *
 * Measured (RSA-2048 request of an ASA, Node 20, one core): 15 µs, 8 of them in the reader of DER.
 */
import { CaError, refuse } from '../errors.js'
import { type DerNode, readDer, readOid, TAG } from './der.js'
import { type GeneralName, parseSubjectAltName } from './general-name.js'
import { type Name, parseName } from './name.js'
import { OID, oidName } from './oid.js'
import { parseSubjectPublicKey, type SubjectPublicKey } from './public-key.js'

/** A request for an 8,192-bit key with a hundred names has about 5 KiB; 32 KiB leave room for Windows' attributes. */
export const MAX_CSR_OCTETS = 32 * 1024

export interface RequestedExtension {
  /** Dotted OID. */
  readonly oid: string
  readonly critical: boolean
  /** Content of extnValue, unread. */
  readonly value: Buffer
}

export type SignatureAlgorithmName =
  | 'sha1WithRSA'
  | 'sha256WithRSA'
  | 'sha384WithRSA'
  | 'sha512WithRSA'
  | 'ecdsaWithSHA1'
  | 'ecdsaWithSHA256'
  | 'ecdsaWithSHA384'
  | 'ecdsaWithSHA512'

export interface SignatureAlgorithm {
  readonly name: SignatureAlgorithmName
  readonly digest: 'sha1' | 'sha256' | 'sha384' | 'sha512'
  readonly keyType: SubjectPublicKey['type']
}

export interface CertificationRequest {
  readonly der: Buffer
  /** CertificationRequestInfo: what the signature covers. */
  readonly infoDer: Buffer
  readonly subject: Name
  readonly publicKey: SubjectPublicKey
  readonly signatureAlgorithm: SignatureAlgorithm
  /** Content of the BIT STRING: PKCS #1 octets, or the DER of ECDSA-Sig-Value. */
  readonly signature: Buffer
  readonly requestedExtensions: readonly RequestedExtension[]
  /** Of the requested subjectAltName; empty where none is asked for. */
  readonly subjectAltNames: readonly GeneralName[]
  /** Dotted OIDs of the attributes. */
  readonly attributeTypes: readonly string[]
}

/** SHA-1 proves possession only, and real ASAs sign so; MD5 falls to chosen-prefix collisions on a laptop. */
const SIGNATURE_ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  [OID.sha1WithRSAEncryption, { name: 'sha1WithRSA', digest: 'sha1', keyType: 'rsa' }],
  [OID.sha256WithRSAEncryption, { name: 'sha256WithRSA', digest: 'sha256', keyType: 'rsa' }],
  [OID.sha384WithRSAEncryption, { name: 'sha384WithRSA', digest: 'sha384', keyType: 'rsa' }],
  [OID.sha512WithRSAEncryption, { name: 'sha512WithRSA', digest: 'sha512', keyType: 'rsa' }],
  [OID.ecdsaWithSHA1, { name: 'ecdsaWithSHA1', digest: 'sha1', keyType: 'ec' }],
  [OID.ecdsaWithSHA256, { name: 'ecdsaWithSHA256', digest: 'sha256', keyType: 'ec' }],
  [OID.ecdsaWithSHA384, { name: 'ecdsaWithSHA384', digest: 'sha384', keyType: 'ec' }],
  [OID.ecdsaWithSHA512, { name: 'ecdsaWithSHA512', digest: 'sha512', keyType: 'ec' }],
])

/** `[0] IMPLICIT SET OF Attribute`. */
const ATTRIBUTES = 0xa0

function malformed(rule: string): never {
  throw new CaError('csr-malformed', `the request is malformed: ${rule}`)
}

/**
 * Reads a request.
 * @throws CaError `csr-too-large`, `csr-not-der`, `csr-malformed`, `csr-signature-algorithm`, `name-control-character`
 * and what `parseSubjectPublicKey` throws.
 */
export function parseCsr(der: Buffer): CertificationRequest {
  if (der.length > MAX_CSR_OCTETS) {
    throw refuse('csr-too-large', {
      pointer: '/csr',
      rule: `a request has at most ${MAX_CSR_OCTETS} octets, this one has ${der.length}`,
      remedy: 'make one with fewer names and attributes',
    })
  }
  const node = readDer(der)
  const [info, algorithm, signature, ...more] = node.children
  if (
    node.tag !== TAG.SEQUENCE ||
    info?.tag !== TAG.SEQUENCE ||
    algorithm?.tag !== TAG.SEQUENCE ||
    signature?.tag !== TAG.BIT_STRING ||
    more.length > 0
  ) {
    malformed('it is not a SEQUENCE of CertificationRequestInfo, AlgorithmIdentifier and BIT STRING (RFC 2986, 4.2)')
  }
  if (signature.content[0] !== 0) malformed('the signature is no whole number of octets')
  const [version, subject, key, attributes, ...rest] = info.children
  if (!version || !subject || !key || rest.length > 0)
    malformed('CertificationRequestInfo has not its four fields (RFC 2986, 4.1)')
  if (version.tag !== TAG.INTEGER || version.content.length !== 1 || version.content[0] !== 0)
    malformed('its version is not 0 (RFC 2986, 4.1)')
  // RFC 2986 wants the attributes even when there are none; some devices leave the field out, and nothing hangs on it.
  if (attributes && attributes.tag !== ATTRIBUTES) malformed('its attributes are not tagged [0] (RFC 2986, 4.1)')
  const publicKey = parseSubjectPublicKey(key)
  const list = (attributes?.children ?? []).map(attribute)
  const requestedExtensions = extensionsOf(list)
  return {
    der,
    infoDer: info.bytes,
    subject: parseName(subject),
    publicKey,
    signatureAlgorithm: signatureAlgorithm(algorithm, publicKey),
    signature: signature.content.subarray(1),
    requestedExtensions,
    subjectAltNames: subjectAltNames(requestedExtensions),
    attributeTypes: list.map(({ type }) => type),
  }
}

function signatureAlgorithm(node: DerNode, key: SubjectPublicKey): SignatureAlgorithm {
  const [identifier, parameters, ...more] = node.children
  if (identifier?.tag !== TAG.OID || more.length > 0)
    malformed('its signatureAlgorithm is no AlgorithmIdentifier (RFC 5280, 4.1.1.2)')
  const type = readOid(identifier)
  const algorithm = SIGNATURE_ALGORITHMS.get(type)
  if (!algorithm) {
    throw refuse('csr-signature-algorithm', {
      pointer: '/csr',
      value: oidName(type),
      rule: 'the request must be signed with RSA (PKCS #1 v1.5) or ECDSA over SHA-1, SHA-256, SHA-384 or SHA-512',
      remedy: 'make the request again with SHA-256',
    })
  }
  if (algorithm.keyType !== key.type) {
    throw refuse('csr-signature-algorithm', {
      pointer: '/csr',
      value: algorithm.name,
      rule: `the request holds an ${key.type.toUpperCase()} key, so that this algorithm cannot have signed it`,
      remedy: 'make the request again; the key in it must be the one that signs it',
    })
  }
  // RFC 4055, 5: NULL; some write nothing, which changes no meaning. RFC 5758, 3.2: nothing for ECDSA.
  if (parameters && (algorithm.keyType === 'ec' || parameters.tag !== TAG.NULL)) {
    malformed(
      `the parameters of ${algorithm.name} must be ${algorithm.keyType === 'ec' ? 'absent (RFC 5758, 3.2)' : 'NULL (RFC 4055, 5)'}`,
    )
  }
  return algorithm
}

interface Attribute {
  readonly type: string
  readonly values: readonly DerNode[]
}

/** The order of the attributes is not judged: many programs don't sort them, and they are never encoded again. */
function attribute(node: DerNode): Attribute {
  const [type, values, ...more] = node.children
  if (node.tag !== TAG.SEQUENCE || type?.tag !== TAG.OID || values?.tag !== TAG.SET || more.length > 0) {
    malformed('an attribute is no pair of type and SET (RFC 2986, 4.1)')
  }
  return { type: readOid(type), values: values.children }
}

/** RFC 2985, 5.4.2: extensionRequest stands once and has one value. Microsoft's older attribute says the same. */
function extensionsOf(attributes: readonly Attribute[]): RequestedExtension[] {
  const requests = attributes.filter(({ type }) => type === OID.extensionRequest || type === OID.msCertExtensions)
  const [request] = requests
  if (!request) return []
  const [extensions, ...more] = request.values
  if (requests.length > 1 || more.length > 0) malformed('it asks for extensions more than once (RFC 2985, 5.4.2)')
  if (extensions?.tag !== TAG.SEQUENCE) malformed('its extensionRequest holds no Extensions (RFC 2985, 5.4.2)')
  return extensions.children.map(extension)
}

/** `critical FALSE` written out is against DER (X.690, 11.5), but common, and nothing here is ever copied. */
function extension(node: DerNode): RequestedExtension {
  const [identifier, ...rest] = node.children
  const critical = rest[0]?.tag === TAG.BOOLEAN ? rest.shift() : undefined
  const [value, ...more] = rest
  if (node.tag !== TAG.SEQUENCE || identifier?.tag !== TAG.OID || value?.tag !== TAG.OCTET_STRING || more.length > 0) {
    malformed('a requested extension is no Extension (RFC 5280, 4.1)')
  }
  return { oid: readOid(identifier), critical: critical?.content[0] === 0xff, value: value.content }
}

function subjectAltNames(extensions: readonly RequestedExtension[]): GeneralName[] {
  const [san, ...more] = extensions.filter((e) => e.oid === OID.subjectAltName)
  if (more.length > 0) malformed('it asks for two subjectAltName extensions (RFC 5280, 4.2)')
  if (!san) return []
  try {
    return parseSubjectAltName(san.value)
  } catch (cause) {
    if (cause instanceof CaError && cause.code === 'csr-not-der')
      throw new CaError('csr-malformed', `the subjectAltName is ${cause.detail}`, { cause })
    throw cause
  }
}
