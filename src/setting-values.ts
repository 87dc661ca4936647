/** How the text of a setting becomes its value. Each parser says which rule is broken and what would be accepted. */
import { isIP } from 'node:net'
import { checkCaSubject } from './ca/ca-certificate.js'
import { isDnsName } from './ca/general-name.js'
import { type Name, parseDistinguishedName } from './ca/name.js'
import { TOKEN_SHAPE } from './ca/tokens.js'
import { CaError } from './errors.js'

/** A value that breaks its rule. */
export class SettingFault extends Error {
  readonly rule: string
  readonly remedy: string

  constructor(rule: string, remedy: string) {
    super(`${rule}; ${remedy}`)
    this.name = 'SettingFault'
    this.rule = rule
    this.remedy = remedy
  }
}

/** Where a listener listens; `host` is an IP address or a name, without brackets. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** Largest TCP port. */
const MAX_PORT = 65_535

/** `address:port`, IPv6 in brackets: `[::1]:8443`. Port 0 lets the system choose. */
export function listenAddress(text: string): ListenAddress {
  const [, v6, plain, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const host = v6 ?? plain
  const port = Number(digits)
  const valid = v6 === undefined ? host !== undefined && (isIP(host) === 4 || isDnsName(host)) : isIP(v6) === 6
  if (host === undefined || !valid || port > MAX_PORT) {
    throw new SettingFault(
      'is no address and port',
      'write 127.0.0.1:8080, 0.0.0.0:8080 (all of IPv4) or [::]:8080 (all of IPv6 and IPv4)',
    )
  }
  return { host, port }
}

/** A listen address, or undefined for `off`. */
export function listenAddressOrOff(text: string): ListenAddress | undefined {
  return text === 'off' ? undefined : listenAddress(text)
}

/** The address part of a URL for a listener: IPv6 gets its brackets back. */
export function hostAndPort({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** An http:// URL without path, query and trailing slash. */
export function publicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = 'write the scheme, a host and, unless it is 80, a port: http://pki.lab.example:8080'
  if (!url?.hostname) throw new SettingFault('is no URL', plain)
  if (url.protocol !== 'http:') {
    throw new SettingFault(
      'must be http://: whoever checks a certificate fetches CRLs before there is a connection to trust (RFC 5280, 4.2.1.13)',
      plain,
    )
  }
  if (url.username !== '' || url.password !== '' || url.pathname !== '/' || /[?#]/.test(text)) {
    throw new SettingFault('must have no user, path, query or fragment: the paths under it never change', plain)
  }
  return url.origin
}

/** Whether only this machine can reach what stands under the URL or host. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  return bare === '::1' || /^127\.\d+\.\d+\.\d+$/.test(bare) || bare === 'localhost' || bare.endsWith('.localhost')
}

/** Whether the URL's host is this machine's loopback: CRL addresses under it work nowhere else. */
export function isLoopbackUrl(url: string): boolean {
  return isLoopbackHost(new URL(url).hostname)
}

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number, unit: string): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d{1,9}$/.test(text) || value < min || value > max) {
      throw new SettingFault(`must be a whole number of ${unit}`, `write a number from ${min} to ${max}`)
    }
    return value
  }
}

/** One of a few words. */
export function oneOf<T extends string>(values: readonly T[]): (text: string) => T {
  return (text) => {
    const value = values.find((known) => known === text)
    if (value === undefined) throw new SettingFault('is none of the values there are', `write ${values.join(', ')}`)
    return value
  }
}

/** Comma-separated, blanks around the items don't count; an empty text is an empty list. */
function list(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** DNS names and IP addresses, lower case. */
export function hostNames(text: string): readonly string[] {
  const names = list(text).map((name) => name.toLowerCase())
  const bad = names.find((name) => isIP(name) === 0 && !isDnsName(name))
  if (bad !== undefined) {
    throw new SettingFault(`\`${bad}\` is neither a DNS name nor an IP address`, 'write pki.lab.example,192.0.2.10')
  }
  return names
}

/** IP addresses and CIDR blocks of proxies whose word about the client is believed. */
export function cidrList(text: string): readonly string[] {
  const blocks = list(text)
  const bad = blocks.find((block) => !isCidr(block))
  if (bad !== undefined) {
    throw new SettingFault(`\`${bad}\` is neither an IP address nor a CIDR block`, 'write 192.0.2.10,198.51.100.0/24')
  }
  return blocks
}

function isCidr(block: string): boolean {
  const [address = '', bits, ...rest] = block.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

/** A CA's subject, as RFC 4514 writes it. */
export function caSubject(text: string): Name {
  try {
    const name = parseDistinguishedName(text)
    checkCaSubject(name)
    return name
  } catch (error) {
    if (!(error instanceof CaError)) throw error
    throw new SettingFault(error.detail, 'write CN=lab-PKI-CA or CN=lab-PKI-CA,O=Lab,C=GB')
  }
}

/** Latest notAfter of anything, or undefined for `off`. */
export function instantOrOff(text: string): Date | undefined {
  if (text === 'off') return undefined
  const at = new Date(text)
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) || Number.isNaN(at.getTime())) {
    throw new SettingFault('is no moment in UTC', 'write 2038-01-19T03:14:06Z, or off for no cap')
  }
  return at
}

/** Text of a token that nobody can guess. */
export function tokenText(text: string): string {
  if (!TOKEN_SHAPE.test(text)) {
    throw new SettingFault(
      'is no token: it must have 256 random bits',
      'make one: echo "lpk_$(openssl rand -base64 32 | tr +/ -_ | tr -d =)"',
    )
  }
  return text
}

/** A `postgres://` URL. */
export function databaseUrl(text: string): string {
  if (!/^postgres(ql)?:\/\/./.test(text) || !URL.canParse(text)) {
    throw new SettingFault('is no URL of a PostgreSQL database', 'write postgres://user:password@host:5432/database')
  }
  return text
}

/** Any text that is not empty. */
export function anyText(text: string): string {
  return text
}
