/** What a caller may put into certificates: patterns per type of name. An unreadable pattern allows nothing. */
import { type Fault, refuse } from '../errors.js'
import { isDnsName, parseIp } from './general-name.js'
import type { NamePatterns } from './ports.js'

export type PatternType = keyof NamePatterns
export const PATTERN_TYPES = ['dns', 'ip', 'email', 'upn'] as const satisfies readonly PatternType[]

const BITS_PER_OCTET = 8
const CIDR = /^(.+)\/(0|[1-9]\d{0,2})$/
/** `local@domain` or `*@domain`; a UPN has the same shape. */
const AT_PATTERN = /^[^\s@]+@[^\s@]+$/

/** Whether any list is set, so that a name of no known type cannot be allowed. */
export function hasPatterns(patterns: NamePatterns): boolean {
  return PATTERN_TYPES.some((type) => patterns[type] !== undefined)
}

/** Whether the patterns allow this name; a type without a list allows any name of the type, an empty list none. */
export function isPermitted(type: PatternType, value: string, patterns: NamePatterns): boolean {
  return patterns[type]?.some((pattern) => MATCHES[type](pattern, value)) ?? true
}

/**
 * Refuses patterns that could never match, before they are stored.
 * @throws CaError `body-invalid` with a pointer per fault, `/patterns/dns/0`.
 */
export function checkNamePatterns(patterns: NamePatterns): void {
  for (const type of PATTERN_TYPES) {
    for (const [i, pattern] of (patterns[type] ?? []).entries()) {
      if (!IS_PATTERN[type](pattern))
        throw refuse('body-invalid', { pointer: `/patterns/${type}/${i}`, value: pattern, ...SYNTAX[type] })
    }
  }
}

const AT_SYNTAX = { rule: 'is no address and no `*@domain`', remedy: 'write admin@lab.example or *@lab.example' }
const SYNTAX: Readonly<Record<PatternType, Pick<Fault, 'rule' | 'remedy'>>> = {
  dns: {
    rule: 'is no DNS name and no `*.` with a DNS name',
    remedy: 'write vpn.lab.example, or *.lab.example for every name below',
  },
  ip: { rule: 'is no address and no CIDR block', remedy: 'write 203.0.113.1, 203.0.113.0/24 or 2001:db8::/32' },
  email: AT_SYNTAX,
  upn: AT_SYNTAX,
}

const IS_PATTERN: Readonly<Record<PatternType, (pattern: string) => boolean>> = {
  dns: (pattern) => isDnsName(pattern, { wildcard: true }),
  ip: (pattern) => parseBlock(pattern) !== undefined,
  email: (pattern) => AT_PATTERN.test(pattern),
  upn: (pattern) => AT_PATTERN.test(pattern),
}

const MATCHES: Readonly<Record<PatternType, (pattern: string, value: string) => boolean>> = {
  dns: matchesDns,
  ip: matchesIp,
  email: matchesAt,
  upn: matchesAt,
}

/** `*.lab.example` takes every name below lab.example, at any depth, and not lab.example itself. DNS has no case (RFC 4343). */
function matchesDns(pattern: string, value: string): boolean {
  const wanted = pattern.toLowerCase()
  const name = value.toLowerCase()
  if (!IS_PATTERN.dns(pattern)) return false
  return wanted.startsWith('*.') ? name.length >= wanted.length && name.endsWith(wanted.slice(1)) : name === wanted
}

/** The domain has no case. The local part has (RFC 5321, 2.4), but two mailboxes that differ in case only are one to people. */
function matchesAt(pattern: string, value: string): boolean {
  const wanted = pattern.toLowerCase()
  const name = value.toLowerCase()
  const at = name.lastIndexOf('@')
  if (!AT_PATTERN.test(wanted) || at <= 0) return false
  return wanted.startsWith('*@') ? name.slice(at) === wanted.slice(1) : name === wanted
}

function matchesIp(pattern: string, value: string): boolean {
  const block = parseBlock(pattern)
  const address = parseIp(value)
  // An IPv4 block never takes an IPv6 address, not even a mapped one: they are different names to clients.
  if (!block || address?.length !== block.address.length) return false
  const whole = Math.floor(block.bits / BITS_PER_OCTET)
  if (!address.subarray(0, whole).equals(block.address.subarray(0, whole))) return false
  const mask = (0xff00 >> (block.bits % BITS_PER_OCTET)) & 0xff
  return mask === 0 || ((address[whole] ?? 0) & mask) === ((block.address[whole] ?? 0) & mask)
}

function parseBlock(pattern: string): { readonly address: Buffer; readonly bits: number } | undefined {
  const [, base = pattern, length] = CIDR.exec(pattern) ?? []
  const address = parseIp(base)
  if (!address) return undefined
  const bits = length === undefined ? address.length * BITS_PER_OCTET : Number(length)
  return bits <= address.length * BITS_PER_OCTET ? { address, bits } : undefined
}
