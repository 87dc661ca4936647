/** One fault of an input: where it stands, what stood there, which rule it breaks and what would be accepted. */
export interface Fault {
  /** JSON pointer into the body (`/subjectAltNames/dns/0`), or `?name` for a query parameter, or a header's name. */
  readonly pointer: string
  /** The offending value; `problem` cuts it at 100 characters and escapes control characters before it leaves. */
  readonly value?: string
  readonly rule: string
  readonly remedy: string
}

/**
 * Every reason for which the service refuses. The codes are stable: they stand in URLs (`type`), in the documentation
 * and in clients. Each protocol has one table from code to status that must be complete to compile.
 */
export const CA_ERROR_CODES = [
  // intake: what was pasted
  'csr-missing',
  'csr-truncated',
  'csr-is-certificate',
  'csr-is-private-key',
  'csr-is-other',
  'csr-ambiguous',
  'csr-too-large',
  'csr-not-der',
  'csr-malformed',
  'csr-signature-algorithm',
  'csr-signature-invalid',
  // the key in it
  'key-algorithm',
  'key-too-small',
  'key-too-large',
  'key-modulus-length',
  'key-exponent',
  'key-small-factor',
  'key-close-primes',
  'key-roca',
  'key-compromised',
  'key-curve',
  'key-explicit-curve',
  'key-point',
  // the names in it and in the call
  'name-missing',
  'name-dns-syntax',
  'name-ip-syntax',
  'name-email-syntax',
  'name-upn-syntax',
  'name-wildcard',
  'name-control-character',
  'name-common-name-length',
  'name-length',
  'name-count',
  'name-not-permitted',
  'name-type-not-permitted',
  'name-subject-syntax',
  // the call
  'template-unknown',
  'template-not-permitted',
  'trustpoint-syntax',
  'body-invalid',
  'body-line-breaks',
  'body-too-large',
  'media-type',
  'request-malformed',
  'not-acceptable',
  'query-invalid',
  'idempotency-key-syntax',
  'idempotency-key-reused',
  'not-found',
  'method-not-allowed',
  // who calls
  'unauthenticated',
  'forbidden',
  'too-many-failures',
  'https-required',
  'token-last-admin',
  // the service itself
  'validity-too-short',
  'database-unavailable',
  'audit-unavailable',
  'serial-conflict',
  'issuer-unavailable',
  'lint-failed',
  'internal',
] as const

export type CaErrorCode = (typeof CA_ERROR_CODES)[number]

export interface CaErrorOptions {
  /** For the log only; never sent to the caller. */
  readonly cause?: unknown
  readonly errors?: readonly Fault[]
  /** Seconds after which trying again is sensible. */
  readonly retryAfterSeconds?: number
}

/** A refusal. `detail` is a sentence for the caller that names the field, the value and the remedy; `cause` is for the log. */
export class CaError extends Error {
  readonly code: CaErrorCode
  readonly detail: string
  readonly errors: readonly Fault[]
  readonly retryAfterSeconds: number | undefined

  constructor(code: CaErrorCode, detail: string, options: CaErrorOptions = {}) {
    super(`${code}: ${detail}`, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'CaError'
    this.code = code
    this.detail = detail
    this.errors = options.errors ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** A refusal because of one field: `detail` is made of the same words as the fault, so that the two never differ. */
export function refuse(code: CaErrorCode, fault: Fault, options: Omit<CaErrorOptions, 'errors'> = {}): CaError {
  const shown = fault.value === undefined ? '' : ` (${printable(fault.value)})`
  return new CaError(code, `${fault.pointer}${shown}: ${fault.rule}; ${fault.remedy}`, { ...options, errors: [fault] })
}

/** Longest part of a caller's value that is shown back, in characters. */
const MAX_SHOWN_CHARACTERS = 100

/** A caller's value made safe to show: control and bidirectional characters escaped as `\uXXXX`, cut at 100 characters. */
export function printable(value: string): string {
  const characters = Array.from(value)
  const cut = characters.slice(0, MAX_SHOWN_CHARACTERS).join('')
  const escaped = cut.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
  return characters.length > MAX_SHOWN_CHARACTERS ? `${escaped}…` : escaped
}
