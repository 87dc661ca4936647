/** The refusals of an operation, as its documentation shows them. */
import { CA_ERROR_CODES, CaError, type CaErrorCode } from '../errors.js'
import { ERROR_STATUS, ERROR_TITLES } from './error-catalogue.js'
import { explanation, PROBLEM_MEDIA_TYPE, toProblem } from './problem.js'
import { ProblemSchema, ref } from './schemas.js'

/** What every operation can answer. */
const ALWAYS: readonly CaErrorCode[] = [
  'request-malformed',
  'query-invalid',
  'not-found',
  'method-not-allowed',
  'not-acceptable',
  'internal',
]
/** What operations behind a token can answer besides. */
const WITH_TOKEN: readonly CaErrorCode[] = [
  'unauthenticated',
  'forbidden',
  'https-required',
  'too-many-failures',
  'database-unavailable',
]

/** Everything that can be wrong with a paste, the key and the names in it, and the issuing. */
export const ISSUANCE_CODES = CA_ERROR_CODES.filter((code) =>
  /^(csr|key|name|template|trustpoint|idempotency-key)-/.test(code),
).concat(['validity-too-short', 'audit-unavailable', 'issuer-unavailable', 'serial-conflict', 'lint-failed'])

/** Entries for `response`: one for each status, naming the codes behind it. */
export function problems(...codes: readonly CaErrorCode[]) {
  return responses([...ALWAYS, ...codes])
}

/** As `problems`, for operations behind a token. */
export function tokenProblems(...codes: readonly CaErrorCode[]) {
  return responses([...ALWAYS, ...WITH_TOKEN, ...codes])
}

function responses(codes: readonly CaErrorCode[]) {
  const byStatus = new Map<number, CaErrorCode[]>()
  for (const code of CA_ERROR_CODES) {
    const status = ERROR_STATUS[code]
    if (codes.includes(code)) byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries([...byStatus].map(([status, list]) => [status, response(list)]))
}

function response(codes: readonly CaErrorCode[]) {
  return {
    description: codes.map((code) => `\`${code}\`: ${ERROR_TITLES[code]}.`).join(' '),
    content: { [PROBLEM_MEDIA_TYPE]: { schema: ref(ProblemSchema), example: exampleOf(codes) } },
  }
}

function exampleOf(codes: readonly CaErrorCode[]) {
  const code = codes[0] ?? 'internal'
  return toProblem(new CaError(code, explanation(code)), '5be3f09a-1')
}
