/**
 * The certificates of a trustpoint in the words and the order of `show crypto ca certificates`, so that a person can lay
 * the two screens side by side. Times are UTC, written as an ASA with its clock in GMT writes them.
 */
import { type Certificate, parseCertificate } from '../ca/certificate.js'
import { type DerNode, readDer, readOid } from '../ca/der.js'
import type { Name } from '../ca/name.js'
import { OID, oidName } from '../ca/oid.js'

/** What an ASA calls the attributes of a name. */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  [OID.commonName, 'cn'],
  [OID.organizationalUnitName, 'ou'],
  [OID.organizationName, 'o'],
  [OID.localityName, 'l'],
  [OID.stateOrProvinceName, 'st'],
  [OID.countryName, 'c'],
  [OID.domainComponent, 'dc'],
  [OID.emailAddress, 'ea'],
  [OID.serialNumber, 'serialNumber'],
  [OID.unstructuredName, 'hostname'],
  [OID.unstructuredAddress, 'ipaddress'],
])

const SIGNATURES: ReadonlyMap<string, string> = new Map([
  [OID.sha1WithRSAEncryption, 'SHA1 with RSA Encryption'],
  [OID.sha256WithRSAEncryption, 'SHA256 with RSA Encryption'],
  [OID.sha384WithRSAEncryption, 'SHA384 with RSA Encryption'],
  [OID.sha512WithRSAEncryption, 'SHA512 with RSA Encryption'],
  [OID.ecdsaWithSHA256, 'SHA256 with ECDSA'],
  [OID.ecdsaWithSHA384, 'SHA384 with ECDSA'],
  [OID.ecdsaWithSHA512, 'SHA512 with ECDSA'],
])

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** GeneralName [6] uniformResourceIdentifier. */
const URI_TAG = 0x86
/** First octet of KeyUsage (RFC 5280, 4.2.1.3). */
const DIGITAL_SIGNATURE = 0x80
const KEY_ENCIPHERMENT = 0x20

/** Identity certificate, an empty line, CA certificate; ends in a line feed. EKU and SAN are left out, as on an ASA. */
export function showCertificates(options: {
  readonly identityDer: Buffer
  readonly caDer: Buffer
  readonly trustpoint: string
}): string {
  const identity = show('Certificate', parseCertificate(options.identityDer), options.trustpoint)
  const ca = show('CA Certificate', parseCertificate(options.caDer), options.trustpoint)
  return `${[...identity, '', ...ca].join('\n')}\n`
}

function show(title: string, certificate: Certificate, trustpoint: string): string[] {
  const extension = (oid: string) => certificate.extensions.find((candidate) => candidate.oid === oid)?.value
  const ocsp = ocspUrls(extension(OID.authorityInfoAccess))
  const crls = urisIn(extension(OID.cRLDistributionPoints))
  return [
    title,
    '  Status: Available',
    `  Certificate Serial Number: ${certificate.serial}`,
    `  Certificate Usage: ${usage(extension(OID.keyUsage))}`,
    `  Public Key Type: ${publicKeyType(certificate)}`,
    `  Signature Algorithm: ${SIGNATURES.get(certificate.signatureAlgorithm) ?? oidName(certificate.signatureAlgorithm)}`,
    '  Issuer Name:',
    ...nameLines(certificate.issuer),
    '  Subject Name:',
    ...nameLines(certificate.subject),
    ...(ocsp.length > 0 ? ['  OCSP AIA:', ...ocsp.map((url) => `    URL: ${url}`)] : []),
    ...(crls.length > 0 ? ['  CRL Distribution Points:', ...crls.map((url, i) => `    [${i + 1}]  ${url}`)] : []),
    '  Validity Date:',
    `    start date: ${asaTime(certificate.notBefore)}`,
    `    end   date: ${asaTime(certificate.notAfter)}`,
    `  Associated Trustpoints: ${trustpoint}`,
  ]
}

/** Most specific first: the reverse of the encoding, also within a multi-valued RDN. */
function nameLines(name: Name): string[] {
  return name.rdns
    .flat()
    .map(({ type, value }) => `    ${ATTRIBUTES.get(type) ?? oidName(type)}=${value}`)
    .reverse()
}

function usage(keyUsage: Buffer | undefined): string {
  if (keyUsage === undefined) return 'General Purpose'
  const bits = readDer(keyUsage).content[1] ?? 0
  if ((bits & DIGITAL_SIGNATURE) === 0) return (bits & KEY_ENCIPHERMENT) === 0 ? 'Signature' : 'Encryption'
  return (bits & KEY_ENCIPHERMENT) === 0 ? 'Signature' : 'General Purpose'
}

function publicKeyType({ publicKey }: Certificate): string {
  if (publicKey === undefined) return 'unknown'
  return `${publicKey.type === 'rsa' ? 'RSA' : 'ECDSA'} (${publicKey.bits} bits)`
}

/** `09:20:43 GMT Nov 1 2023` */
function asaTime(at: Date): string {
  return `${at.toISOString().slice(11, 19)} GMT ${MONTHS[at.getUTCMonth()]} ${at.getUTCDate()} ${at.getUTCFullYear()}`
}

/** Every URI in CRLDistributionPoints, in order, whatever its scheme. */
function urisIn(value: Buffer | undefined): string[] {
  const uris: string[] = []
  const walk = (node: DerNode) => {
    if (node.tag === URI_TAG) uris.push(node.content.toString('latin1'))
    for (const child of node.children) walk(child)
  }
  if (value !== undefined) walk(readDer(value))
  return uris
}

function ocspUrls(authorityInfoAccess: Buffer | undefined): string[] {
  if (authorityInfoAccess === undefined) return []
  return readDer(authorityInfoAccess).children.flatMap(({ children: [method, location] }) => {
    const isOcsp = method !== undefined && readOid(method) === OID.ocsp && location?.tag === URI_TAG
    return isOcsp ? [location.content.toString('latin1')] : []
  })
}
