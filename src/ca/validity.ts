/** From when until when a certificate is valid. */
import { refuse } from '../errors.js'
import type { Warning } from './warning.js'

/** Below a day a certificate would expire before anybody has pasted it everywhere. */
const SHORTEST_SECONDS = 24 * 3600
/** Below this part of the template's lifetime the caller is told. */
const WARN_BELOW = 0.5
const MS_PER_SECOND = 1000
const SECONDS_PER_DAY = 24 * 3600

export interface ValidityInput {
  readonly now: Date
  /** Lifetime of the template. */
  readonly lifetimeSeconds: number
  /** How far notBefore lies before `now`: AD CS allows for a clock skew of ten minutes. */
  readonly backdateSeconds: number
  readonly issuerNotAfter: Date
  /** Everything ends before it (an ASA refuses certificates that reach 2038-01-19T03:14:08Z); undefined: no cap. */
  readonly notAfterCap: Date | undefined
}

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
  readonly warning?: Warning
}

/**
 * Whole seconds; notAfter − notBefore + 1 s is the lifetime, because both ends belong to it (RFC 5280, 4.1.2.5). Ends
 * no later than the CA and before the cap; warns (`validity-shortened`) where less than half of the lifetime is left.
 * @throws CaError `validity-too-short` where less than a day would be left.
 */
export function decideValidity(input: ValidityInput): Validity {
  const nowSeconds = Math.floor(input.now.getTime() / MS_PER_SECOND)
  const notBefore = nowSeconds - input.backdateSeconds
  const wanted = notBefore + input.lifetimeSeconds - 1
  const issuerEnd = Math.floor(input.issuerNotAfter.getTime() / MS_PER_SECOND)
  const capEnd = input.notAfterCap ? Math.ceil(input.notAfterCap.getTime() / MS_PER_SECOND) - 1 : Number.POSITIVE_INFINITY
  const notAfter = Math.min(wanted, issuerEnd, capEnd)
  const left = notAfter - nowSeconds + 1
  const [limit, remedy] =
    capEnd < issuerEnd
      ? ['the latest end that is set for all certificates', 'set a later not-after cap']
      : ['the end of the CA certificate', 'renew the CA']
  if (left < SHORTEST_SECONDS) {
    throw refuse('validity-too-short', {
      pointer: '/template',
      value: iso(notAfter),
      rule: `less than a day is left until ${limit}`,
      remedy,
    })
  }
  const dates = { notBefore: date(notBefore), notAfter: date(notAfter) }
  if (left >= input.lifetimeSeconds * WARN_BELOW) return dates
  const detail =
    `the certificate ends at ${iso(notAfter)}, ${limit}: ${Math.floor(left / SECONDS_PER_DAY)} days instead of ` +
    `${Math.floor(input.lifetimeSeconds / SECONDS_PER_DAY)}; ${remedy}`
  return { ...dates, warning: { code: 'validity-shortened', detail } }
}

const date = (seconds: number): Date => new Date(seconds * MS_PER_SECOND)
const iso = (seconds: number): string => date(seconds).toISOString().replace('.000Z', 'Z')
