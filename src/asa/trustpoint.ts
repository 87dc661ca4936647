/** Names of trustpoints, as an ASA's command line takes them. */
import { refuse } from '../errors.js'

/** The trustpoint of the walk-through. */
export const DEFAULT_TRUSTPOINT = 'LAB_PKI'

/** A trustpoint's name has fewer than 65 characters. */
export const MAX_TRUSTPOINT_CHARACTERS = 64

/** One word of ASCII; `?` asks the console for help, `!` begins a comment, quotes open a string. */
const TRUSTPOINT = /^[!-~]+$/
const FORBIDDEN = /[?!'"`]/

/** @throws CaError `trustpoint-syntax` for what would not be one word of a command, so that nothing else gets into it. */
export function checkTrustpoint(name: string): void {
  if (name.length <= MAX_TRUSTPOINT_CHARACTERS && TRUSTPOINT.test(name) && !FORBIDDEN.test(name)) return
  throw refuse('trustpoint-syntax', {
    pointer: '/trustpoint',
    value: name,
    rule: `the name of a trustpoint is one word of 1 to ${MAX_TRUSTPOINT_CHARACTERS} ASCII characters without ?, ! and quotes`,
    remedy: 'give the name that stands behind `crypto ca trustpoint` in the configuration',
  })
}
