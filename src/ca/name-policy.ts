/**
 * Which names a certificate carries. Every name of the request and of the call is judged, exactly once, also those that
 * don't go in: the subject is copied whole, so that each name in it is a claim.
 */
import { printable, refuse } from '../errors.js'
import type { CertificationRequest } from './csr.js'
import { formatGeneralName, formatIp, type GeneralName, parseIp } from './general-name.js'
import type { Name } from './name.js'
import { type Candidate, collectNames, REQUESTED_TYPES, type RequestedNames } from './name-candidates.js'
import { judgeName, type NameRules, takes } from './name-judge.js'
import { checkNameLimits } from './name-limits.js'
import { OID } from './oid.js'
import type { IgnoredExtension } from './ports.js'
import type { SubjectAltNameType } from './template.js'
import type { Warning } from './warning.js'

export type { RequestedNames } from './name-candidates.js'

export interface NameQuestion extends NameRules {
  readonly csr: Pick<CertificationRequest, 'subject' | 'subjectAltNames'>
  readonly requested: RequestedNames
}

export interface DecidedNames {
  /** The request's subject, octet for octet. */
  readonly subjectDer: Buffer
  readonly subject: Name
  /** At least one; dns in the spelling given, ip in the form of RFC 5952; no two equal. */
  readonly subjectAltNames: GeneralName[]
  readonly warnings: Warning[]
  /** Names of the request's subjectAltName of types that the template does not take. */
  readonly ignored: IgnoredExtension[]
}

/**
 * Decides the names of a certificate.
 * @throws CaError `name-dns-syntax`, `name-ip-syntax`, `name-email-syntax`, `name-upn-syntax`, `name-wildcard`,
 * `name-control-character`, `name-common-name-length`, `name-length`, `name-count`, `name-not-permitted`,
 * `name-type-not-permitted`, `name-missing`.
 */
export function decideNames(question: NameQuestion): DecidedNames {
  const { csr, requested, template } = question
  refuseTypes(requested, template)
  checkNameLimits(csr, requested)
  const candidates = collectNames(csr, requested)
  for (const candidate of candidates) judgeName(candidate, question)
  const { names, warnings } = chooseNames(candidates, template)
  if (names.length === 0) {
    throw refuse('name-missing', {
      pointer: '/subjectAltNames',
      rule: 'no name to put into subjectAltName',
      remedy: 'give `subjectAltNames` in the call, or set `fqdn` in the trustpoint',
    })
  }
  return {
    subjectDer: csr.subject.der,
    subject: csr.subject,
    subjectAltNames: names,
    warnings,
    ignored: csr.subjectAltNames.filter(({ type }) => !takes(template, type)).map((name) => ignoredName(name, template)),
  }
}

/** The caller asks for a type that the template does not take: said so, since leaving it out would surprise. */
function refuseTypes(requested: RequestedNames, template: NameRules['template']): void {
  for (const type of REQUESTED_TYPES) {
    const [first] = requested[type] ?? []
    if (first === undefined || takes(template, type)) continue
    throw refuse('name-type-not-permitted', {
      pointer: `/subjectAltNames/${type}`,
      value: first,
      rule: `template ${template.name} takes names of type ${template.subjectAltName.allow.join(' and ')} only`,
      remedy: 'leave it out, or choose another template',
    })
  }
}

/** Names for the subjectAltName, of judged candidates. */
function chooseNames(
  candidates: readonly Candidate[],
  template: NameRules['template'],
): { readonly names: GeneralName[]; readonly warnings: Warning[] } {
  const warnings: Warning[] = []
  const valuesOf = (kind: Candidate['kind'], ...sources: readonly Candidate['source'][]): string[] =>
    candidates.filter((c) => c.kind === kind && sources.includes(c.source)).map((c) => c.value)
  const asked = (kind: SubjectAltNameType): string[] => valuesOf(kind, 'csrSubjectAltName', 'call')

  const dns = asked('dns')
  if (dns.length === 0 && takes(template, 'dns')) {
    const commonNames = valuesOf('dns', 'commonName')
    dns.push(...(commonNames.length > 0 ? commonNames : valuesOf('dns', 'unstructuredName')))
    if (dns.length > 0) warnings.push(nameFrom(commonNames.length > 0, dns))
  }
  const inCommonName = valuesOf('ip', 'commonName')
  if (inCommonName.length > 0) warnings.push(ipInCommonName(inCommonName))
  const address = template.subjectAltName.addressFromUnstructuredAddress ? valuesOf('ip', 'unstructuredAddress') : []
  const ip = [...asked('ip'), ...inCommonName, ...address]
  if (dns.some((name) => name.includes('*'))) {
    warnings.push({
      code: 'wildcard',
      detail: 'the certificate holds for every host one label below the wildcard; name each host where you can',
    })
  }
  const all: GeneralName[] = [
    ...dns.map((value): GeneralName => ({ type: 'dns', value })),
    ...ip.map((value): GeneralName => ({ type: 'ip', value: canonicalIp(value) })),
    ...asked('email').map((value): GeneralName => ({ type: 'email', value })),
    ...asked('upn').map((value): GeneralName => ({ type: 'upn', value })),
  ]
  // Case makes no difference to any of the types' users, so that two spellings are one name; the first one stays.
  const distinct = new Map(all.toReversed().map((name) => [`${name.type}:${name.value.toLowerCase()}`, name]))
  const firsts = new Set(distinct.values())
  return { names: all.filter((name) => firsts.has(name) && takes(template, name.type)), warnings }
}

function canonicalIp(value: string): string {
  const octets = parseIp(value)
  return octets ? formatIp(octets) : value
}

function nameFrom(commonName: boolean, names: readonly string[]): Warning {
  const shown = printable(names.join(', '))
  return commonName
    ? { code: 'name-from-common-name', detail: `neither request nor call name a host, so subjectAltName has the CN: ${shown}` }
    : {
        code: 'name-from-unstructured-name',
        detail: `neither request nor call name a host, so subjectAltName has the unstructuredName: ${shown}`,
      }
}

function ipInCommonName(addresses: readonly string[]): Warning {
  const detail =
    `the CN holds an IP address (${printable(addresses.join(', '))}), which was put into subjectAltName, since clients match ` +
    'the names there; better set `fqdn` in the trustpoint and let people connect by that name'
  return { code: 'ip-in-common-name', detail }
}

function ignoredName(name: GeneralName, template: NameRules['template']): IgnoredExtension {
  return {
    oid: OID.subjectAltName,
    name: `subjectAltName ${printable(formatGeneralName(name))}`,
    reason: `template ${template.name} takes names of type ${template.subjectAltName.allow.join(' and ')} only`,
  }
}
