/** What a caller may put into certificates: patterns per type of name. An unreadable pattern allows nothing. */
import { type Fault, refuse } from '../errors.js'
import { isDnsName, parseIp } from './general-name.js'
import type { NamePatterns } from './ports.js'

export type PatternType = keyof NamePatterns
export const PATTERN_TYPES = ['dns', 'ip', 'email', 'upn'] as const satisfies readonly PatternType[]

const BITS_PER_OCTET = 8
const ANY_DNS_NAME = '*'
const CIDR = /^(.+)\/(0|[1-9]\d{0,2})$/
/** A name that ends in a domain: `local@domain`, or `*@domain` in patterns; a UPN has the same shape. */
const AT = /^[^\s@]+@[^\s@]+$/

/** Whether any list is set, so that a name of no known type cannot be allowed. */
export function hasPatterns(patterns: NamePatterns): boolean {
  return PATTERN_TYPES.some((type) => patterns[type] !== undefined)
}

/**
 * Whether the patterns allow this name. Without any list every name is allowed; where there is one, a type whose list is
 * missing or empty has no names that are. Patterns are read once per object, so that a name costs a few look-ups.
 */
export function isPermitted(type: PatternType, value: string, patterns: NamePatterns): boolean {
  let matchers = READ.get(patterns)
  if (!matchers) {
    matchers = readPatterns(patterns)
    READ.set(patterns, matchers)
  }
  return matchers[type](value)
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
    rule: 'is no DNS name, no `*.` with a DNS name and no `*`',
    remedy: 'write vpn.lab.example, *.lab.example for every name below, or * for any name',
  },
  ip: { rule: 'is no address and no CIDR block', remedy: 'write 203.0.113.1, 203.0.113.0/24 or 2001:db8::/32' },
  email: AT_SYNTAX,
  upn: AT_SYNTAX,
}

const IS_PATTERN: Readonly<Record<PatternType, (pattern: string) => boolean>> = {
  dns: (pattern) => pattern === ANY_DNS_NAME || isDnsName(pattern, { wildcard: true }),
  ip: (pattern) => parseBlock(pattern) !== undefined,
  email: (pattern) => AT.test(pattern),
  upn: (pattern) => AT.test(pattern),
}

type Matcher = (value: string) => boolean
type Matchers = Readonly<Record<PatternType, Matcher>>

const READ = new WeakMap<NamePatterns, Matchers>()

function readPatterns(patterns: NamePatterns): Matchers {
  if (!hasPatterns(patterns)) return { dns: () => true, ip: () => true, email: () => true, upn: () => true }
  const { dns = [], ip = [], email = [], upn = [] } = patterns
  return { dns: dnsMatcher(dns), ip: ipMatcher(ip), email: atMatcher(email), upn: atMatcher(upn) }
}

/** `*.lab.example` takes every name below lab.example, at any depth, and not lab.example itself. DNS has no case (RFC 4343). */
function dnsMatcher(patterns: readonly string[]): Matcher {
  const readable = new Set(patterns.filter(IS_PATTERN.dns).map((pattern) => pattern.toLowerCase()))
  return (value) => {
    const name = value.toLowerCase()
    if (!isDnsName(name, { wildcard: true })) return false
    if (readable.has(ANY_DNS_NAME) || readable.has(name)) return true
    for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1))
      if (readable.has(`*${name.slice(dot)}`)) return true
    return false
  }
}

/** The domain has no case. The local part has (RFC 5321, 2.4), but two mailboxes that differ in case only are one to people. */
function atMatcher(patterns: readonly string[]): Matcher {
  const readable = new Set(patterns.filter((pattern) => AT.test(pattern)).map((pattern) => pattern.toLowerCase()))
  return (value) => {
    const name = value.toLowerCase()
    return AT.test(name) && (readable.has(name) || readable.has(`*${name.slice(name.indexOf('@'))}`))
  }
}

/** An IPv4 block never takes an IPv6 address, not even a mapped one: they are different names to clients. */
function ipMatcher(patterns: readonly string[]): Matcher {
  const blocks = patterns.map(parseBlock).filter((block) => block !== undefined)
  const networks = new Set(blocks.map(({ address, bits }) => network(address.length, bitsOf(address), bits)))
  const lengths = [...new Set(blocks.map(({ bits }) => bits))]
  return (value) => {
    const address = parseIp(value)
    if (!address) return false
    const all = bitsOf(address)
    return lengths.some((bits) => bits <= all.length && networks.has(network(address.length, all, bits)))
  }
}

function network(octets: number, all: string, bits: number): string {
  return `${octets}:${all.slice(0, bits)}`
}

/** The address as noughts and ones, so that a prefix of it is its network. */
function bitsOf(address: Buffer): string {
  return Array.from(address, (octet) => octet.toString(2).padStart(BITS_PER_OCTET, '0')).join('')
}

function parseBlock(pattern: string): { readonly address: Buffer; readonly bits: number } | undefined {
  const [, base = pattern, length] = CIDR.exec(pattern) ?? []
  const address = parseIp(base)
  if (!address) return undefined
  const bits = length === undefined ? address.length * BITS_PER_OCTET : Number(length)
  return bits <= address.length * BITS_PER_OCTET ? { address, bits } : undefined
}
