/** Every name that a request and a call bring, each exactly once, with the place it came from and what kind it is. */
import type { CertificationRequest } from './csr.js'
import { isDnsName, parseIp } from './general-name.js'
import { attributeKeyword, attributeValues, type Name } from './name.js'
import { OID } from './oid.js'

/** The call's `subjectAltNames`. */
export interface RequestedNames {
  readonly dns?: readonly string[]
  readonly ip?: readonly string[]
  readonly email?: readonly string[]
  readonly upn?: readonly string[]
}

export const REQUESTED_TYPES = ['dns', 'ip', 'email', 'upn'] as const satisfies readonly (keyof RequestedNames)[]

/**
 * `mail` is a text with an `@` in the subject, which people read as an e-mail address or as a UPN; `text` is a text that
 * names no host and no person; `uri` and `other` are forms that no certificate of ours holds.
 */
export type CandidateKind = 'dns' | 'ip' | 'email' | 'upn' | 'uri' | 'other' | 'mail' | 'text'

export interface Candidate {
  /** `subject`: an attribute that names nothing for clients, judged for callers with patterns only. */
  readonly source:
    | 'commonName'
    | 'unstructuredName'
    | 'unstructuredAddress'
    | 'emailAddress'
    | 'subject'
    | 'csrSubjectAltName'
    | 'call'
  readonly kind: CandidateKind
  readonly value: string
  /** JSON pointer for faults. */
  readonly pointer: string
  /** The place in words: `CN`, `dNSName`. */
  readonly field: string
}

/** The request has one pointer; the field says where in it. */
const CSR_POINTER = '/csr'
/** No blanks and a dot: whoever writes this means a host, so that it must be a proper name of one. */
const LOOKS_LIKE_HOST = /^[^\s@]*\.[^\s@]*$/
/** The same within free text, where a dot at the end (`Inc.`) names no host. */
const LOOKS_LIKE_DOTTED_NAME = /^[^\s@]*[^\s@.]\.[^\s@.][^\s@]*$/

/** Attributes of names, places and organisations that hold any text. Of all others not even text goes unjudged. */
const FREE_TEXT: ReadonlySet<string> = new Set([
  OID.countryName,
  OID.localityName,
  OID.stateOrProvinceName,
  OID.organizationName,
  OID.organizationalUnitName,
  OID.streetAddress,
  OID.serialNumber,
  OID.surname,
  OID.givenName,
  OID.title,
  OID.initials,
  OID.generationQualifier,
  OID.dnQualifier,
  OID.pseudonym,
  OID.name,
  OID.description,
  OID.postalCode,
  OID.businessCategory,
  OID.organizationIdentifier,
  OID.jurisdictionCountryName,
  OID.jurisdictionStateOrProvinceName,
  OID.jurisdictionLocalityName,
])
/** Judged by a rule of their own. */
const NAMING: ReadonlySet<string> = new Set([
  OID.commonName,
  OID.unstructuredName,
  OID.unstructuredAddress,
  OID.emailAddress,
  OID.domainComponent,
])

const SAN_FIELDS = {
  dns: 'dNSName',
  ip: 'iPAddress',
  email: 'rfc822Name',
  upn: 'UPN',
  uri: 'URI',
  other: 'other name',
} as const

/**
 * The names to judge, each once per place: all CNs, unstructuredNames, unstructuredAddresses, e-mail addresses and what
 * else of the subject reads as a name, the request's subjectAltNames, the call's names.
 */
export function collectNames(
  csr: Pick<CertificationRequest, 'subject' | 'subjectAltNames'>,
  requested: RequestedNames,
): Candidate[] {
  return distinct([
    ...fromSubject(csr.subject),
    ...csr.subjectAltNames.map(
      ({ type, value }): Candidate => ({
        source: 'csrSubjectAltName',
        kind: type,
        value,
        pointer: CSR_POINTER,
        field: `the ${SAN_FIELDS[type]} in subjectAltName`,
      }),
    ),
    ...REQUESTED_TYPES.flatMap((type) =>
      (requested[type] ?? []).map(
        (value, i): Candidate => ({
          source: 'call',
          kind: type,
          value,
          pointer: `/subjectAltNames/${type}/${i}`,
          field: `the ${SAN_FIELDS[type]}`,
        }),
      ),
    ),
  ])
}

/** The first of those that say the same at the same place; DNS has no case (RFC 4343). */
function distinct(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>()
  return candidates.filter(({ source, kind, value }) => {
    const key = `${source} ${kind} ${kind === 'dns' ? value.toLowerCase() : value}`
    return !seen.has(key) && seen.add(key)
  })
}

function fromSubject(subject: Name): Candidate[] {
  const of = (source: Candidate['source'], type: string, field: string, kindOf: (value: string) => CandidateKind): Candidate[] =>
    attributeValues(subject, type).map((value) => ({ source, kind: kindOf(value), value, pointer: CSR_POINTER, field }))
  return [
    ...of('commonName', OID.commonName, 'the CN', commonNameKind),
    ...of('unstructuredName', OID.unstructuredName, 'the unstructuredName', (value) =>
      isHostOrWildcard(value) ? 'dns' : 'text',
    ),
    ...of('unstructuredAddress', OID.unstructuredAddress, 'the unstructuredAddress', (value) => (parseIp(value) ? 'ip' : 'text')),
    ...of('emailAddress', OID.emailAddress, 'the emailAddress of the subject', () => 'mail'),
    ...domainOf(subject),
    ...otherAttributes(subject),
  ]
}

/** RFC 2247: each DC is one label, the last one in the encoding is the left-most. What is written otherwise is no domain. */
function domainOf(subject: Name): Candidate[] {
  const labels = attributeValues(subject, OID.domainComponent)
  if (labels.length === 0) return []
  const at = { source: 'subject', pointer: CSR_POINTER } as const
  if (labels.every((label) => !label.includes('.') && (isDnsName(label) || /^\d+$/.test(label))))
    return [{ ...at, kind: 'dns', value: labels.toReversed().join('.'), field: 'the domain of the DCs of the subject' }]
  return labels.map((value) => ({ ...at, kind: shapeOf(value) ?? 'text', value, field: 'DC of the subject' }))
}

/** Values that read as a name, and every value of an attribute that is not known for free text. */
function otherAttributes(subject: Name): Candidate[] {
  return subject.rdns.flat().flatMap(({ type, value }): Candidate[] => {
    if (NAMING.has(type)) return []
    const kind = shapeOf(value) ?? (FREE_TEXT.has(type) ? undefined : 'text')
    return kind
      ? [{ source: 'subject', kind, value, pointer: CSR_POINTER, field: `${attributeKeyword(type)} of the subject` }]
      : []
  })
}

/** What a text reads as; other forms of dot and `@` (RFC 3490, 3.1; full width) read like the plain ones. */
function shapeOf(value: string): 'ip' | 'mail' | 'dns' | undefined {
  const plain = value.normalize('NFKC').replaceAll('\u3002', '.').trim()
  if (plain.includes('@')) return 'mail'
  if (parseIp(plain)) return 'ip'
  return LOOKS_LIKE_DOTTED_NAME.test(plain) ? 'dns' : undefined
}

function commonNameKind(value: string): CandidateKind {
  if (parseIp(value)) return 'ip'
  if (isHostOrWildcard(value) || LOOKS_LIKE_HOST.test(value)) return 'dns'
  return value.includes('@') ? 'mail' : 'text'
}

/** An asterisk anywhere counts as a wildcard: some clients match it, wherever it stands. */
function isHostOrWildcard(value: string): boolean {
  return isDnsName(value) || value.includes('*')
}
