/** GeneralNames of subjectAltName (RFC 5280, 4.2.1.6), and the syntax of what stands in them. */
import { CaError } from '../errors.js'
import { readCharacterString } from './character-string.js'
import { type DerNode, readDer, readOid, TAG } from './der.js'
import { der, explicit, implicit, oid, sequence } from './der-writer.js'
import { formatIp, parseIp } from './ip-address.js'
import { formatName, parseName } from './name.js'
import { OID, oidName } from './oid.js'

export { formatIp, parseIp } from './ip-address.js'

export type GeneralName =
  | { readonly type: 'dns' | 'ip' | 'email' | 'upn' | 'uri'; readonly value: string }
  /** A form that is never issued; `value` describes it for people. */
  | { readonly type: 'other'; readonly value: string }

/** Tags of the CHOICE GeneralName: context class, constructed where the type under it is (RFC 5280, 4.2.1.6). */
const CHOICE = {
  OTHER_NAME: 0xa0,
  RFC822_NAME: 0x81,
  DNS_NAME: 0x82,
  X400_ADDRESS: 0xa3,
  DIRECTORY_NAME: 0xa4,
  EDI_PARTY_NAME: 0xa5,
  URI: 0x86,
  IP_ADDRESS: 0x87,
  REGISTERED_ID: 0x88,
} as const

/** `[0]` within otherName: explicit, around the value. */
const OTHER_NAME_VALUE = 0xa0

function malformed(rule: string): never {
  throw new CaError('csr-malformed', `the subjectAltName is malformed: ${rule} (RFC 5280, 4.2.1.6)`)
}

/**
 * Reads the content of extnValue of a subjectAltName. IP addresses come in the form of RFC 5952.
 * @throws CaError `csr-not-der`, `csr-malformed`, `name-control-character`.
 */
export function parseSubjectAltName(extensionValue: Buffer): GeneralName[] {
  const names = readDer(extensionValue)
  if (names.tag !== TAG.SEQUENCE || names.children.length === 0) malformed('it is no SEQUENCE, or it names nothing')
  return names.children.map(generalName)
}

function generalName(node: DerNode): GeneralName {
  switch (node.tag) {
    case CHOICE.DNS_NAME:
      return { type: 'dns', value: readCharacterString(node, 'a dNSName of the subjectAltName', TAG.IA5_STRING) }
    case CHOICE.IP_ADDRESS:
      if (node.content.length !== 4 && node.content.length !== 16)
        malformed(`an iPAddress has ${node.content.length} octets, not 4 or 16`)
      return { type: 'ip', value: formatIp(node.content) }
    case CHOICE.RFC822_NAME:
      return { type: 'email', value: readCharacterString(node, 'an rfc822Name of the subjectAltName', TAG.IA5_STRING) }
    case CHOICE.URI:
      return {
        type: 'uri',
        value: readCharacterString(node, 'a uniformResourceIdentifier of the subjectAltName', TAG.IA5_STRING),
      }
    case CHOICE.OTHER_NAME:
      return otherName(node)
    case CHOICE.DIRECTORY_NAME: {
      const [name, ...more] = node.children
      if (!name || more.length > 0) malformed('a directoryName holds no single Name')
      return { type: 'other', value: `directoryName ${formatName(parseName(name))}` }
    }
    case CHOICE.REGISTERED_ID:
      // The tag hides the type from the reader, so that the content is read once more as what it is.
      return { type: 'other', value: `registeredID ${readOid(readDer(der(TAG.OID, node.content)))}` }
    case CHOICE.X400_ADDRESS:
      return { type: 'other', value: 'x400Address' }
    case CHOICE.EDI_PARTY_NAME:
      return { type: 'other', value: 'ediPartyName' }
    default:
      malformed(`tag 0x${node.tag.toString(16).padStart(2, '0')} is no form of GeneralName`)
  }
}

function otherName(node: DerNode): GeneralName {
  const [typeId, wrapped, ...more] = node.children
  const value = wrapped?.children[0]
  if (typeId?.tag !== TAG.OID || wrapped?.tag !== OTHER_NAME_VALUE || !value || wrapped.children.length > 1 || more.length > 0) {
    malformed('an otherName is no pair of type and value')
  }
  const type = readOid(typeId)
  if (type !== OID.msUserPrincipalName) return { type: 'other', value: `otherName ${oidName(type)}` }
  if (value.tag !== TAG.UTF8_STRING) malformed('a user principal name is no UTF8String')
  return { type: 'upn', value: readCharacterString(value, 'a user principal name of the subjectAltName') }
}

/**
 * The content of extnValue of a subjectAltName, names in the order given. Syntax is the name policy's matter; here only
 * what cannot be encoded is refused.
 * @throws CaError `name-ip-syntax`; `internal` for a form that is never issued, or for no name at all.
 */
export function encodeSubjectAltName(names: readonly GeneralName[]): Buffer {
  if (names.length === 0) throw new CaError('internal', 'a subjectAltName needs one name at least (RFC 5280, 4.2.1.6)')
  return sequence(...names.map(encode))
}

function encode({ type, value }: GeneralName): Buffer {
  switch (type) {
    case 'dns':
      return implicit(CHOICE.DNS_NAME & 0x1f, ia5(value))
    case 'email':
      return implicit(CHOICE.RFC822_NAME & 0x1f, ia5(value))
    case 'uri':
      return implicit(CHOICE.URI & 0x1f, ia5(value))
    case 'ip': {
      const octets = parseIp(value)
      if (!octets) throw new CaError('name-ip-syntax', `"${value}" is no IP address; write 203.0.113.1 or 2001:db8::1`)
      return implicit(CHOICE.IP_ADDRESS & 0x1f, octets)
    }
    case 'upn':
      return der(CHOICE.OTHER_NAME, oid(OID.msUserPrincipalName), explicit(0, der(TAG.UTF8_STRING, Buffer.from(value, 'utf8'))))
    case 'other':
      throw new CaError('internal', `a subjectAltName of the form ${value} is never issued`)
  }
}

function ia5(value: string): Buffer {
  if (/[^\u0020-\u007e]/.test(value))
    throw new CaError('internal', 'a name that is not ASCII reached the encoder of subjectAltName')
  return Buffer.from(value, 'latin1')
}

/** `dns:vpn.lab.example`, `ip:2001:db8::1`, `email:…`, `upn:…`, `uri:…`, `other:…`; dns in lower case, ip in the form of RFC 5952. */
export function formatGeneralName({ type, value }: GeneralName): string {
  if (type === 'dns') return `dns:${value.toLowerCase()}`
  if (type !== 'ip') return `${type}:${value}`
  const octets = parseIp(value)
  return `ip:${octets ? formatIp(octets) : value}`
}

/** RFC 1035, 2.3.4: a name has 255 octets on the wire, which is 253 characters without the root's dot. */
const MAX_DNS_NAME_CHARACTERS = 253
/** RFC 1123, 2.1: letters, digits and hyphens inside; RFC 1035, 2.3.4: at most 63 characters. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

/**
 * Whether the text is a host name of LDH labels (RFC 1123, 2.1; RFC 5280, 4.2.1.6). One label is enough (labs have
 * `Manual`); no dot at the end; not ending in a number.
 * `*.` in front only with `wildcard`.
 */
export function isDnsName(text: string, { wildcard = false }: { readonly wildcard?: boolean } = {}): boolean {
  if (text.length > MAX_DNS_NAME_CHARACTERS) return false
  const labels = (wildcard && text.startsWith('*.') ? text.slice(2) : text).split('.')
  return labels.every((label) => LABEL.test(label)) && !endsInNumber(text)
}

/**
 * Whether the last label is a number, decimal or `0x…`: that is how addresses end (RFC 3696, 2), and browsers read
 * `0x7f000001` and `1.2.3.0x4` as IPv4 addresses (WHATWG URL, "ends in a number").
 */
export function endsInNumber(text: string): boolean {
  return /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/i.test(text)
}
