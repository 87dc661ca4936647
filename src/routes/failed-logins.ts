/** How many wrong tokens came from where. */
import { isIPv6 } from 'node:net'
import { CaError } from '../errors.js'

export interface FailedLogins {
  /**
   * Ask it for wrong tokens only: a right one always passes.
   * @throws CaError `too-many-failures` where the address has used up its attempts.
   */
  check(address: string): void
  record(address: string): void
}

/** Attempts per address and window: enough for a person who mistypes, and for a script with an old token to be noticed. */
const MAX_FAILURES = 10
/** Milliseconds after which an address starts afresh. */
const WINDOW_MS = 60_000
/** Addresses remembered: about 1 MB. Beyond it the one that is remembered longest is forgotten. */
const MAX_ADDRESSES = 10_000

/**
 * Counts per address; a /64 of IPv6 is one address, since a host owns all of it.
 * @param now milliseconds since any moment, never stepping back (`performance.now`): with the wall clock, one that is
 * set back would prolong every wait.
 */
export function createFailedLogins(now: () => number): FailedLogins {
  const failures = new Map<string, { count: number; until: number }>()

  function current(key: string): { count: number; until: number } | undefined {
    const entry = failures.get(key)
    if (entry && entry.until > now()) return entry
    failures.delete(key)
    return undefined
  }

  return {
    check(address) {
      const entry = current(keyOf(address))
      if (!entry || entry.count < MAX_FAILURES) return
      const seconds = Math.ceil((entry.until - now()) / 1000)
      throw new CaError(
        'too-many-failures',
        `${MAX_FAILURES} wrong tokens came from ${address}; send a valid one, which is taken at any time, or try again in ${seconds} s`,
        { retryAfterSeconds: seconds },
      )
    },
    record(address) {
      const key = keyOf(address)
      const entry = current(key)
      if (entry) entry.count++
      else {
        const [oldest] = failures.keys()
        if (oldest !== undefined && failures.size >= MAX_ADDRESSES) failures.delete(oldest)
        failures.set(key, { count: 1, until: now() + WINDOW_MS })
      }
    },
  }
}

/** Hex groups of an IPv6 network of 64 bits. */
const NETWORK_GROUPS = 4

function keyOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address
  const [head = '', tail] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  const zeros = tail === undefined ? 0 : 8 - before.length - (tail === '' ? 0 : tail.split(':').length)
  const groups = [...before, ...new Array<string>(Math.max(zeros, 0)).fill('0'), ...(tail ? tail.split(':') : [])]
  return groups.slice(0, NETWORK_GROUPS).join(':')
}
