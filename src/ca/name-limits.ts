/**
 * How many names a request and its call may bring, and how long they may be. Held against them before any is judged: a
 * request of 32 KiB has room for ten thousand names, and the index on names takes 2,700 octets of each.
 */
import { refuse } from '../errors.js'
import type { CertificationRequest } from './csr.js'
import { attributeKeyword, formatName, type Name } from './name.js'
import { REQUESTED_TYPES, type RequestedNames } from './name-candidates.js'
import { OID } from './oid.js'

/** Four times the hundred that a call may name of each type. */
const MAX_NAMES = 400
/** A subject of the field has five. */
const MAX_ATTRIBUTES = 32
/** RFC 5280, A.1: ub-common-name. */
const MAX_COMMON_NAME_CHARACTERS = 64
/** RFC 5280, A.1, ends at ub-emailaddress-length of 255, and has 64 for O and OU, which labs exceed. */
const MAX_NAME_CHARACTERS = 255
/** Of the subject's DER, and of its text in UTF-8 and lower case, which stands in the index as a whole. */
const MAX_SUBJECT_OCTETS = 2000

const POINTER = '/csr'

/**
 * Refuses names that are too many or too long.
 * @throws CaError `name-count`, `name-common-name-length`, `name-length`.
 */
export function checkNameLimits(
  { subject, subjectAltNames }: Pick<CertificationRequest, 'subject' | 'subjectAltNames'>,
  requested: RequestedNames,
): void {
  const attributes = subject.rdns.reduce((sum, rdn) => sum + rdn.length, 0)
  const called = REQUESTED_TYPES.reduce((sum, type) => sum + (requested[type]?.length ?? 0), 0)
  const names = attributes + subjectAltNames.length + called
  if (attributes > MAX_ATTRIBUTES) {
    const rule = `the subject has ${attributes} attributes, and ${MAX_ATTRIBUTES} are the most`
    throw refuse('name-count', { pointer: POINTER, rule, remedy: 'make the request again with fewer attributes in the subject' })
  }
  if (names > MAX_NAMES) {
    const rule = `request and call bring ${names} names, and ${MAX_NAMES} are the most`
    throw refuse('name-count', { pointer: POINTER, rule, remedy: 'make several requests with fewer names each' })
  }
  checkSubject(subject)
  for (const { value } of subjectAltNames) checkLength(POINTER, 'a name in subjectAltName', value)
  for (const type of REQUESTED_TYPES)
    for (const [i, value] of (requested[type] ?? []).entries()) checkLength(`/subjectAltNames/${type}/${i}`, 'the name', value)
}

function checkSubject(subject: Name): void {
  for (const { type, value } of subject.rdns.flat()) {
    if (type === OID.commonName) checkCommonName(value)
    else checkLength(POINTER, `${attributeKeyword(type)} of the subject`, value)
  }
  const text = formatName(subject)
  const octets = Math.max(subject.der.length, Buffer.byteLength(text.toLowerCase()))
  if (octets <= MAX_SUBJECT_OCTETS) return
  throw refuse('name-length', {
    pointer: POINTER,
    value: text,
    rule: `the subject has ${octets} octets, and ${MAX_SUBJECT_OCTETS} are the most`,
    remedy: 'make the request again with fewer or shorter attributes in the subject',
  })
}

function checkCommonName(value: string): void {
  const length = characters(value)
  if (length <= MAX_COMMON_NAME_CHARACTERS) return
  throw refuse('name-common-name-length', {
    pointer: POINTER,
    value,
    rule: `the CN has ${length} characters, and ${MAX_COMMON_NAME_CHARACTERS} are the most (RFC 5280, A.1)`,
    remedy: 'shorten it in `subject-name`; a long DNS name belongs into `fqdn` or `subjectAltNames` alone',
  })
}

function checkLength(pointer: string, field: string, value: string): void {
  const length = characters(value)
  if (length <= MAX_NAME_CHARACTERS) return
  const rule = `${field} has ${length} characters, and ${MAX_NAME_CHARACTERS} are the most`
  throw refuse('name-length', { pointer, value, rule, remedy: 'shorten it' })
}

/** Code points: a UTF-16 pair is one character. Texts that are short in either count are not split. */
function characters(value: string): number {
  return value.length <= MAX_COMMON_NAME_CHARACTERS ? value.length : Array.from(value).length
}
