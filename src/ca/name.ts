/** Distinguished names: the DER that is copied byte for byte, and the text of RFC 4514 that people read and write. */
import { CaError, printable } from '../errors.js'
import { isCharacterString, readCharacterString } from './character-string.js'
import { type DerNode, readDer, readOid, TAG } from './der.js'
import { der, oid, sequence, setOf } from './der-writer.js'
import { OID, oidName } from './oid.js'

export interface AttributeTypeAndValue {
  /** Dotted OID. */
  readonly type: string
  /** The value's ASN.1 tag: PrintableString, UTF8String … */
  readonly tag: number
  /** The text. */
  readonly value: string
}

export interface Name {
  /** The RDNSequence as it stood. */
  readonly der: Buffer
  /** In the order of the encoding: most general first. A multi-valued RDN has several entries. */
  readonly rdns: readonly (readonly AttributeTypeAndValue[])[]
}

/** RFC 4514, section 3, and the keywords that OpenSSL and Cisco use for the rest. The first of a type is written. */
const KEYWORDS: readonly (readonly [keyword: string, type: string])[] = [
  ['CN', OID.commonName],
  ['C', OID.countryName],
  ['L', OID.localityName],
  ['ST', OID.stateOrProvinceName],
  ['O', OID.organizationName],
  ['OU', OID.organizationalUnitName],
  ['STREET', OID.streetAddress],
  ['DC', OID.domainComponent],
  ['UID', OID.userId],
  ['emailAddress', OID.emailAddress],
  ['unstructuredName', OID.unstructuredName],
  ['unstructuredAddress', OID.unstructuredAddress],
  ['serialNumber', OID.serialNumber],
  ['SN', OID.surname],
  ['GN', OID.givenName],
  ['title', OID.title],
  ['initials', OID.initials],
  ['generationQualifier', OID.generationQualifier],
  ['dnQualifier', OID.dnQualifier],
  ['pseudonym', OID.pseudonym],
  ['name', OID.name],
  ['description', OID.description],
  ['postalCode', OID.postalCode],
  ['businessCategory', OID.businessCategory],
  ['organizationIdentifier', OID.organizationIdentifier],
  ['jurisdictionC', OID.jurisdictionCountryName],
  ['jurisdictionST', OID.jurisdictionStateOrProvinceName],
  ['jurisdictionL', OID.jurisdictionLocalityName],
  ['E', OID.emailAddress],
  ['S', OID.stateOrProvinceName],
]
const KEYWORD_OF: ReadonlyMap<string, string> = new Map([...KEYWORDS].reverse().map(([keyword, type]) => [type, keyword]))
const TYPE_OF: ReadonlyMap<string, string> = new Map(KEYWORDS.map(([keyword, type]) => [keyword.toUpperCase(), type]))

/**
 * Reads a Name (RFC 5280, 4.1.2.4): RDNSequence of non-empty SETs. An empty sequence is a name without attributes.
 * @throws CaError `csr-malformed`; `name-control-character` where a value holds a control or formatting character.
 */
export function parseName(node: DerNode): Name {
  if (node.tag !== TAG.SEQUENCE) malformed('it is no SEQUENCE')
  const rdns = node.children.map((rdn) => {
    if (rdn.tag !== TAG.SET || rdn.children.length === 0) malformed('a relative distinguished name is no SET, or an empty one')
    return rdn.children.map(attribute)
  })
  return { der: node.bytes, rdns }
}

function attribute(node: DerNode): AttributeTypeAndValue {
  const [type, value, ...more] = node.children
  if (node.tag !== TAG.SEQUENCE || type?.tag !== TAG.OID || !value || more.length > 0)
    malformed('an attribute is no pair of type and value')
  const dotted = readOid(type)
  const keyword = attributeKeyword(dotted)
  // What cannot be read as text cannot be judged, and would be copied all the same.
  if (!isCharacterString(value.tag)) malformed(`the value of ${keyword} is no character string of a known type`)
  return { type: dotted, tag: value.tag, value: readCharacterString(value, `${keyword} of the subject`) }
}

/** What people call an attribute type: `CN`, `unstructuredName`; the dotted OID where nothing better is known. */
export function attributeKeyword(type: string): string {
  return KEYWORD_OF.get(type) ?? oidName(type)
}

function malformed(rule: string): never {
  throw new CaError('csr-malformed', `the name is malformed: ${rule} (RFC 5280, 4.1.2.4)`)
}

/** The name as RFC 4514 writes it: most specific first, `+` within a multi-valued RDN. Empty for an empty name. */
export function formatName(name: Name): string {
  return name.rdns
    .map((rdn) => rdn.map(({ type, value }) => `${KEYWORD_OF.get(type) ?? type}=${formatValue(value)}`).join('+'))
    .reverse()
    .join(',')
}

/** RFC 4514, 2.4: the specials get a backslash, so do `#` and space in front and space behind. */
function formatValue(value: string): string {
  return value.replace(/["+,;<>\\]|^[# ]| $/g, '\\$&')
}

/** Every value of one attribute type (dotted OID), in the order of the encoding. */
export function attributeValues(name: Name, type: string): string[] {
  return name.rdns.flatMap((rdn) => rdn.filter((a) => a.type === type).map((a) => a.value))
}

/**
 * The name that a text in RFC 4514 form says (`CN=lab-PKI-CA,O=Lab,C=GB`: most specific first), for settings. Blanks
 * around `,`, `+` and `=` don't count. Encoded as PrintableString where the text fits, else UTF8String (RFC 5280,
 * 4.1.2.4); DC, e-mail and unstructuredName as IA5String; C must be two letters.
 * @throws CaError `name-subject-syntax`.
 */
export function parseDistinguishedName(text: string): Name {
  const rdns: Buffer[] = []
  let parts: Buffer[] = []
  let at = 0
  while (at <= text.length) {
    const equals = text.indexOf('=', at)
    if (equals < 0) syntax(text, `\`${text.slice(at).trim()}\` is no pair of attribute and value`)
    const [value, next] = readValue(text, equals + 1)
    parts.push(encodeAttribute(text, text.slice(at, equals).trim(), value))
    at = next + 1
    if (text[next] === '+') continue
    rdns.unshift(setOf(...parts))
    parts = []
  }
  return parseName(readDer(sequence(...rdns)))
}

/** Reads a value up to an unescaped `,` or `+`; returns it without escapes, and where it ended. */
function readValue(text: string, start: number): [value: string, end: number] {
  const octets: Buffer[] = []
  // Blanks at the end don't count unless escaped, so the length up to the last character that counts is kept.
  let kept = 0
  let at = start
  while (text[at] === ' ') at++
  if (text[at] === '#') syntax(text, 'a value in hex (`#…`) is not taken here')
  for (; at < text.length && text[at] !== ',' && text[at] !== '+'; at++) {
    const c = String.fromCodePoint(text.codePointAt(at) ?? 0)
    if (c === '\\') {
      const hex = /^[0-9a-f]{2}/i.exec(text.slice(at + 1))
      const escaped = text[at + 1]
      if (hex) octets.push(Buffer.from(hex[0], 'hex'))
      else if (escaped && ' "#+,;<=>\\'.includes(escaped)) octets.push(Buffer.from(escaped))
      else syntax(text, 'a backslash stands before a character that needs none')
      at += hex ? 2 : 1
      kept = octets.length
    } else {
      if ('";<>'.includes(c)) syntax(text, `\`${c}\` needs a backslash`)
      octets.push(Buffer.from(c))
      if (c !== ' ') kept = octets.length
      at += c.length - 1
    }
  }
  return [Buffer.concat(octets.slice(0, kept)).toString('utf8'), at]
}

const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]+$/

function encodeAttribute(text: string, keyword: string, value: string): Buffer {
  const type = TYPE_OF.get(keyword.toUpperCase()) ?? (/^[0-2](\.(0|[1-9]\d*))+$/.test(keyword) ? keyword : undefined)
  if (type === undefined) syntax(text, `\`${keyword}\` is no attribute that is known here`)
  if (value === '') syntax(text, `${keyword} has no value`)
  if (/[\p{Cc}\p{Cf}\ufffd]/u.test(value)) syntax(text, `${keyword} holds a control character or broken UTF-8`)
  if (type === OID.countryName && !/^[A-Z]{2}$/.test(value)) syntax(text, 'C is a country of two capital letters (ISO 3166)')
  const encoded = Buffer.from(value, 'utf8')
  const ia5 = type === OID.domainComponent || type === OID.emailAddress || type === OID.unstructuredName
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
  if (ia5 && !/^[\u0000-\u007f]*$/.test(value)) syntax(text, `${keyword} takes ASCII only`)
  const tag = ia5 ? TAG.IA5_STRING : PRINTABLE.test(value) ? TAG.PRINTABLE_STRING : TAG.UTF8_STRING
  return sequence(oid(type), der(tag, encoded))
}

function syntax(text: string, rule: string): never {
  throw new CaError(
    'name-subject-syntax',
    `the subject name "${printable(text)}" is not understood: ${printable(rule)}; write it as in \`CN=lab-PKI-CA,O=Lab,C=GB\``,
  )
}
