/** Every name that a request and a call bring, each exactly once, with the place it came from and what kind it is. */
import { refuse } from '../errors.js'
import type { CertificationRequest } from './csr.js'
import { isDnsName, parseIp } from './general-name.js'
import { attributeValues, type Name } from './name.js'
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
  readonly source: 'commonName' | 'unstructuredName' | 'unstructuredAddress' | 'emailAddress' | 'csrSubjectAltName' | 'call'
  readonly kind: CandidateKind
  readonly value: string
  /** JSON pointer for faults. */
  readonly pointer: string
  /** The place in words: `CN`, `dNSName`. */
  readonly field: string
}

/** The request has one pointer; the field says where in it. */
const CSR_POINTER = '/csr'
/** RFC 5280, A.1: ub-common-name. */
const MAX_COMMON_NAME_CHARACTERS = 64
/** No blanks and a dot: whoever writes this means a host, so that it must be a proper name of one. */
const LOOKS_LIKE_HOST = /^[^\s@]*\.[^\s@]*$/

const SAN_FIELDS = {
  dns: 'dNSName',
  ip: 'iPAddress',
  email: 'rfc822Name',
  upn: 'UPN',
  uri: 'URI',
  other: 'other name',
} as const

/**
 * The names to judge: all CNs, unstructuredNames, unstructuredAddresses and e-mail addresses of the subject, the
 * request's subjectAltNames, the call's names.
 * @throws CaError `name-common-name-length`.
 */
export function collectNames(
  csr: Pick<CertificationRequest, 'subject' | 'subjectAltNames'>,
  requested: RequestedNames,
): Candidate[] {
  return [
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
  ]
}

function fromSubject(subject: Name): Candidate[] {
  const of = (source: Candidate['source'], type: string, field: string, kindOf: (value: string) => CandidateKind): Candidate[] =>
    attributeValues(subject, type).map((value) => ({ source, kind: kindOf(value), value, pointer: CSR_POINTER, field }))
  const commonNames = of('commonName', OID.commonName, 'the CN', commonNameKind)
  for (const { value } of commonNames) {
    const { length } = Array.from(value)
    if (length > MAX_COMMON_NAME_CHARACTERS) {
      throw refuse('name-common-name-length', {
        pointer: CSR_POINTER,
        value,
        rule: `the CN has ${length} characters, and ${MAX_COMMON_NAME_CHARACTERS} are the most (RFC 5280, A.1)`,
        remedy: 'shorten it in `subject-name`; a long DNS name belongs into `fqdn` or `subjectAltNames` alone',
      })
    }
  }
  return [
    ...commonNames,
    ...of('unstructuredName', OID.unstructuredName, 'the unstructuredName', (value) =>
      isHostOrWildcard(value) ? 'dns' : 'text',
    ),
    ...of('unstructuredAddress', OID.unstructuredAddress, 'the unstructuredAddress', (value) => (parseIp(value) ? 'ip' : 'text')),
    ...of('emailAddress', OID.emailAddress, 'the emailAddress of the subject', () => 'mail'),
  ]
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
