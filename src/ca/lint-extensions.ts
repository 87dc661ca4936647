/** What the lint demands of extensions: which, in which order, how critical, and with which content read back. */
import { type DerNode, readDer, readInteger, readOid, TAG } from './der.js'
import { oid as encodeOid } from './der-writer.js'
import { KEY_USAGE_BITS, type KeyUsageBit } from './extensions.js'
import { parseSubjectAltName } from './general-name.js'
import type { Issuer } from './issuer.js'
import { OID } from './oid.js'
import { keyIdentifier } from './public-key.js'
import { type CertificateContent, isEmptyName } from './tbs.js'

/** What decides the extensions of a CA certificate. */
export interface CaContent {
  readonly spkiDer: Buffer
  /** Who signs an issuing CA; absent for a root. */
  readonly parent?: Issuer
}

/** One extension that must stand at its place, exactly once. */
export interface ExtensionRule<C> {
  readonly name: string
  readonly oidDer: Buffer
  readonly critical: (content: C) => boolean
  /** @throws Broken */
  readonly check: (value: DerNode, content: C) => void
}

/** A broken rule, in words that follow "the certificate would break its profile:". */
export class Broken extends Error {}

/** @throws Broken unless it holds. */
export function must(holds: boolean, field: string, what: string): void {
  if (!holds) throw new Broken(`${field} ${what}`)
}

const URI_TAG = 0x86
const KEY_IDENTIFIER_TAG = 0x80
const never = (): boolean => false
const always = (): boolean => true

function rule<C>(
  name: string,
  oid: string,
  critical: (content: C) => boolean,
  check: (value: DerNode, content: C, name: string) => void,
): ExtensionRule<C> {
  return { name, oidDer: encodeOid(oid), critical, check: (value, content) => check(value, content, name) }
}

const SKI = 'subjectKeyIdentifier'
const AKI = 'authorityKeyIdentifier'
const CDP = 'cRLDistributionPoints'
const AIA = 'authorityInfoAccess'

/** The extensions of a leaf in their order: these, each once, and no other. */
export const LEAF_EXTENSIONS: readonly ExtensionRule<CertificateContent>[] = [
  rule(SKI, OID.subjectKeyIdentifier, never, (value, { publicKey }) => checkSubjectKey(value, publicKey.spkiDer)),
  rule(AKI, OID.authorityKeyIdentifier, never, (value, { issuer }) => checkAuthority(value, issuer)),
  rule(CDP, OID.cRLDistributionPoints, never, (value, { issuer }) => checkCrlUrl(value, issuer)),
  rule(AIA, OID.authorityInfoAccess, never, (value, { issuer }) => checkAccess(value, issuer.urls)),
  rule('template name', OID.msCertTemplateName, never, (value, { template }, name) => {
    const isText = value.tag === TAG.BMP_STRING && value.content.length % 2 === 0
    const text = isText ? Buffer.from(value.content).swap16().toString('utf16le') : undefined
    must(text === template.name, name, `is not the BMPString ${template.name}`)
  }),
  rule('keyUsage', OID.keyUsage, always, (value, { template, publicKey }) =>
    checkUsage(value, template.keyUsage[publicKey.type]),
  ),
  rule('extKeyUsage', OID.extKeyUsage, never, (value, { template }, name) => {
    const purposes = value.children.map(readOid)
    const wanted = template.extendedKeyUsage
    must(purposes.length > 0 && purposes.join() === wanted.join(), name, `is not that of template ${template.name}`)
  }),
  rule('subjectAltName', OID.subjectAltName, ({ subjectDer }) => isEmptyName(subjectDer), checkNames),
]

const CA_USAGE: readonly KeyUsageBit[] = ['digitalSignature', 'keyCertSign', 'cRLSign']

/** A root: no EKU, no AKI of its own, no address for its own revocation. */
export const ROOT_EXTENSIONS: readonly ExtensionRule<CaContent>[] = [
  rule(SKI, OID.subjectKeyIdentifier, never, (value, { spkiDer }) => checkSubjectKey(value, spkiDer)),
  rule('basicConstraints', OID.basicConstraints, always, (value, _content, name) => checkCa(value, name, undefined)),
  rule('keyUsage', OID.keyUsage, always, (value) => checkUsage(value, CA_USAGE)),
]

/** An issuing CA below a root: no CA below it, and the root says how to find its CRL and certificate. */
export const ISSUING_EXTENSIONS: readonly ExtensionRule<CaContent>[] = [
  rule(SKI, OID.subjectKeyIdentifier, never, (value, { spkiDer }) => checkSubjectKey(value, spkiDer)),
  rule(AKI, OID.authorityKeyIdentifier, never, (value, { parent }) => checkAuthority(value, parent)),
  rule(CDP, OID.cRLDistributionPoints, never, (value, { parent }) => checkCrlUrl(value, parent)),
  rule(AIA, OID.authorityInfoAccess, never, (value, { parent }) =>
    checkAccess(value, { caCertificate: parent?.urls.caCertificate }),
  ),
  rule('basicConstraints', OID.basicConstraints, always, (value, _content, name) => checkCa(value, name, 0n)),
  rule('keyUsage', OID.keyUsage, always, (value) => checkUsage(value, CA_USAGE)),
]

/**
 * Checks that these extensions stand here in this order and no other, each with its criticality and content.
 * @throws Broken; CaError of the reader where a value is not DER.
 */
export function lintExtensions<C>(extensions: readonly DerNode[], rules: readonly ExtensionRule<C>[], content: C): void {
  must(extensions.length === rules.length, 'extensions', `are ${extensions.length}, not ${rules.length}`)
  for (const [i, wanted] of rules.entries()) {
    const { name } = wanted
    const parts = extensions[i]?.children ?? []
    const id = parts[0]
    if (!id) throw new Broken('extensions hold something that is no extension')
    if (!id.bytes.equals(wanted.oidDer))
      throw new Broken(`${name} is missing or out of order: ${readOid(id)} stands in its place`)
    const critical = parts[1]?.tag === TAG.BOOLEAN && parts[1].content[0] === 0xff
    must(parts.length === (critical ? 3 : 2), name, 'is no extension of OID, critical and value (X.690, 11.5)')
    must(critical === wanted.critical(content), name, critical ? 'must not be critical' : 'must be critical')
    const value = parts[parts.length - 1]
    if (value?.tag !== TAG.OCTET_STRING) throw new Broken(`${name} has no OCTET STRING as value`)
    wanted.check(readDer(value.content), content)
  }
}

function checkSubjectKey(value: DerNode, spkiDer: Buffer): void {
  must(value.tag === TAG.OCTET_STRING && value.content.equals(keyIdentifier(spkiDer)), SKI, 'is not the SHA-1 of the key')
}

/** Key identifier alone: no issuer and serial, which would tie the certificate to one of several CA certificates. */
function checkAuthority(value: DerNode, issuer: Issuer | undefined): void {
  const [identifier, ...more] = value.children
  const matches = identifier?.tag === KEY_IDENTIFIER_TAG && issuer?.keyIdentifier.equals(identifier.content) === true
  must(matches && more.length === 0, AKI, "is not the CA's key identifier alone")
}

function checkCrlUrl(value: DerNode, issuer: Issuer | undefined): void {
  const [point, ...points] = value.children
  const [name, ...more] = point?.children ?? []
  const urls = name?.children[0]?.children ?? []
  must(points.length === 0 && more.length === 0 && urls.length === 1, CDP, 'is not one distribution point with one address')
  checkUrl(urls[0], CDP, issuer?.urls.crl)
}

function checkAccess(value: DerNode, urls: { readonly caCertificate: string | undefined; readonly ocsp?: string }): void {
  const { ocsp, caCertificate } = urls
  const wanted = [...(ocsp === undefined ? [] : [[OID.ocsp, ocsp] as const]), [OID.caIssuers, caCertificate] as const]
  must(value.children.length === wanted.length, AIA, 'has a wrong number of addresses')
  for (const [i, [method, url]] of wanted.entries()) {
    const [id, location] = value.children[i]?.children ?? []
    must(id !== undefined && readOid(id) === method, AIA, `has another access method than ${method}`)
    checkUrl(location, AIA, url)
  }
}

function checkUrl(node: DerNode | undefined, name: string, wanted: string | undefined): void {
  const url = node?.content.toString('latin1') ?? ''
  must(
    node?.tag === URI_TAG && url === wanted && url.startsWith('http://'),
    name,
    `must be the address ${wanted}, over plain http`,
  )
}

function checkCa(value: DerNode, name: string, pathLength: bigint | undefined): void {
  const [ca, length, ...more] = value.children
  must(ca?.tag === TAG.BOOLEAN && ca.content[0] === 0xff && more.length === 0, name, 'does not say CA:TRUE')
  must((length && readInteger(length)) === pathLength, name, `has a path length other than ${pathLength ?? 'none'}`)
}

function checkUsage(value: DerNode, wanted: readonly KeyUsageBit[]): void {
  const [unused = 0, ...octets] = value.content
  const count = octets.length * 8 - unused
  const isSet = (n: number): boolean => n < count && ((octets[n >> 3] ?? 0) & (0x80 >> (n & 7))) !== 0
  must(value.tag === TAG.BIT_STRING && isSet(count - 1), 'keyUsage', 'has trailing zero bits (X.690, 11.2.2)')
  const exact = KEY_USAGE_BITS.every((bit, n) => isSet(n) === wanted.includes(bit)) && count <= KEY_USAGE_BITS.length
  must(exact, 'keyUsage', `is not ${wanted.join(' and ')}`)
}

function checkNames(value: DerNode, { subjectAltNames, template }: CertificateContent, field: string): void {
  const names = parseSubjectAltName(value.bytes)
  must(names.length > 0 && names.length === subjectAltNames.length, field, 'does not hold as many names as were decided')
  for (const [i, name] of names.entries()) {
    const decided = subjectAltNames[i]
    must(name.type === decided?.type && name.value === decided.value, field, 'holds another name than was decided')
    const allowed = template.subjectAltName.allow.some((type) => type === name.type)
    must(allowed, field, `holds a name of type ${name.type}, which the template does not take`)
  }
}
