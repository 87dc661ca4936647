/** Whether one name may stand in a certificate of this template for this caller. */
import { type CaError, type CaErrorCode, refuse } from '../errors.js'
import { unseenCharacter } from './character-string.js'
import { endsInNumber, type GeneralName, isDnsName, parseIp } from './general-name.js'
import type { Candidate } from './name-candidates.js'
import { hasPatterns, isPermitted, type PatternType } from './name-pattern.js'
import type { NamePatterns } from './ports.js'
import type { Template } from './template.js'

export interface NameRules {
  readonly template: Pick<Template, 'name' | 'subjectAltName'>
  readonly patterns: NamePatterns
  /** Whether the caller may have wildcards, where the template takes them too. */
  readonly wildcards: boolean
}

/** Local part and domain of what goes into an rfc822Name (RFC 5280, 4.2.1.6: ASCII, no display name). */
const EMAIL = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(.+)$/
const UPN = /^[^\s@]{1,256}@(.+)$/

/** Whether certificates of the template hold names of this type. */
export function takes(template: NameRules['template'], type: GeneralName['type']): boolean {
  return template.subjectAltName.allow.some((allowed) => allowed === type)
}

/**
 * One name against syntax and the caller's patterns.
 * @throws CaError `name-dns-syntax`, `name-ip-syntax`, `name-email-syntax`, `name-upn-syntax`, `name-wildcard`,
 * `name-control-character`, `name-not-permitted`.
 */
export function judgeName(candidate: Candidate, rules: NameRules): void {
  const { source, kind, value, field } = candidate
  const unseen = unseenCharacter(value)
  if (unseen !== undefined)
    throw refused('name-control-character', candidate, `${field} holds ${unseen}`, 'write it in plain text')
  // Such an attribute is a claim before people only: whoever may use any name may write anything there.
  if (source === 'subject' && !hasPatterns(rules.patterns)) return
  switch (kind) {
    case 'dns':
      judgeDns(candidate, rules)
      permit(candidate, rules.patterns, ['dns'])
      break
    case 'ip':
      if (!parseIp(value))
        throw refused('name-ip-syntax', candidate, `${field} is no IP address`, 'write 203.0.113.1 or 2001:db8::1')
      permit(candidate, rules.patterns, ['ip'])
      break
    case 'email':
    case 'upn':
      if (takes(rules.template, kind)) judgeAt(candidate)
      permit(candidate, rules.patterns, [kind])
      break
    case 'mail':
      // It reads as either, so it must be allowed as both.
      permit(candidate, rules.patterns, ['email', 'upn'])
      break
    case 'text':
      judgeText(candidate, rules)
      break
    default:
    // No list says anything about URIs and other names, and no template takes them.
  }
}

function judgeDns(candidate: Candidate, { template, wildcards }: NameRules): void {
  const { value, field } = candidate
  if (!value.includes('*')) {
    if (isDnsName(value)) return
    if (endsInNumber(value)) {
      const rule = `${field} ends in a number, so that clients read it as an IPv4 address (RFC 3696, 2)`
      throw refused('name-dns-syntax', candidate, rule, 'give an address as an iPAddress, in four decimal numbers')
    }
    const rule = `${field} is no DNS name: labels of 1 to 63 letters, digits and hyphens, 253 characters in all (RFC 1123, 2.1)`
    throw refused('name-dns-syntax', candidate, rule, 'write vpn.lab.example, without a dot at the end; other letters as xn--…')
  }
  if (!template.subjectAltName.wildcards) {
    throw refused(
      'name-wildcard',
      candidate,
      `${field} is a wildcard, and template ${template.name} takes none`,
      'name each host',
    )
  }
  if (!wildcards) {
    const remedy = 'name each host, or ask an admin for a token that allows wildcards'
    throw refused('name-wildcard', candidate, `${field} is a wildcard, and this token may not use any`, remedy)
  }
  if (!isDnsName(value, { wildcard: true })) {
    const rule = `in ${field} the asterisk is not the whole left-most label (RFC 6125, 6.4.3)`
    throw refused('name-wildcard', candidate, rule, 'write *.lab.example')
  }
}

function judgeAt(candidate: Candidate): void {
  const { kind, value, field } = candidate
  const isUpn = kind === 'upn'
  const domain = (isUpn ? UPN : EMAIL).exec(value)?.[1]
  if (domain !== undefined && isDnsName(domain)) return
  const [code, what] = isUpn ? (['name-upn-syntax', 'UPN'] as const) : (['name-email-syntax', 'e-mail address'] as const)
  throw refused(code, candidate, `${field} is no ${what} of a name, @ and a DNS name`, 'write user@lab.example')
}

/** Free text matches no pattern of any type, so only a caller without patterns may have it. */
function judgeText(candidate: Candidate, { patterns, template }: NameRules): void {
  if (hasPatterns(patterns)) throw notPermitted(candidate)
  if (candidate.source === 'unstructuredAddress' && template.subjectAltName.addressFromUnstructuredAddress) {
    throw refused(
      'name-ip-syntax',
      candidate,
      `${candidate.field} is no IP address`,
      'set `ip-address` in the trustpoint to an address',
    )
  }
}

function permit(candidate: Candidate, patterns: NamePatterns, types: readonly PatternType[]): void {
  if (!types.every((type) => isPermitted(type, candidate.value, patterns))) throw notPermitted(candidate)
}

function notPermitted(candidate: Candidate): CaError {
  const rule = `${candidate.field} is not among the names that this token may have`
  return refused('name-not-permitted', candidate, rule, 'use a name that is, or ask an admin for a token that allows it')
}

function refused(code: CaErrorCode, { pointer, value }: Candidate, rule: string, remedy: string): CaError {
  return refuse(code, { pointer, value, rule, remedy })
}
