/** How a refusal looks on the wire: RFC 9457 with a code and the faults. The one place that turns errors into answers. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { CaError, type CaErrorCode, type Fault, printable } from '../errors.js'
import { ERROR_STATUS, ERROR_TITLES, errorType } from './error-catalogue.js'
import { ERROR_MEANINGS, ERROR_REMEDIES } from './error-explanations.js'
import type { FailureLog } from './failure-log.js'
import { validationError } from './validation.js'

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** Most faults that one answer lists; whoever has more has another trouble. */
const MAX_FAULTS = 20

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly instance: string
  readonly code: CaErrorCode
  readonly errors: readonly Fault[]
}

/** Codes whose detail is for the log alone: it speaks of our own insides. */
const SILENT: ReadonlySet<CaErrorCode> = new Set(['internal', 'lint-failed', 'serial-conflict'])

/** The problem for an error; what the caller sent is cut and escaped. */
export function toProblem(error: CaError, instance: string): Problem {
  const { code } = error
  const detail = SILENT.has(code) ? explanation(code) : error.detail
  const errors = error.errors.slice(0, MAX_FAULTS).map((fault) => ({
    pointer: printable(fault.pointer),
    ...(fault.value === undefined ? {} : { value: printable(fault.value) }),
    rule: fault.rule,
    remedy: fault.remedy,
  }))
  return { type: errorType(code), title: ERROR_TITLES[code], status: ERROR_STATUS[code], detail, instance, code, errors }
}

/** What is said of a code without a case at hand. */
export function explanation(code: CaErrorCode): string {
  return `${ERROR_MEANINGS[code]} ${ERROR_REMEDIES[code]}`
}

/** Answers with the problem and the headers that belong to its code. */
export function sendProblem(reply: FastifyReply, error: CaError): FastifyReply {
  const problem = toProblem(error, reply.request.id)
  if (error.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer realm="lab-pki"')
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds))
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type(PROBLEM_MEDIA_TYPE)
    .send(Buffer.from(JSON.stringify(problem)))
}

/** Any error as one of ours; what nobody foresaw becomes `internal` and keeps its cause for the log. */
export function asCaError(error: unknown): CaError {
  if (error instanceof CaError) return error
  if (!isFastifyError(error)) return internal(error)
  if (error.validation) return validationError(error.validation, error.validationContext ?? 'body')
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new CaError('body-too-large', 'the body is larger than this call takes; send the certificate request alone')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE':
      return new CaError('media-type', 'Content-Type: this call takes application/json')
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new CaError('body-invalid', 'the body is empty; send a JSON object')
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_INVALID_URL':
      return new CaError('request-malformed', 'the path of the URL is not properly percent-encoded')
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new CaError('not-found', 'a part of the path is longer than any that exists')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new CaError('request-malformed', 'Content-Length does not fit the length of the body')
    default:
      return error.statusCode !== undefined && error.statusCode < 500
        ? new CaError('request-malformed', 'the request is not proper HTTP', { cause: error })
        : internal(error)
  }
}

function internal(cause: unknown): CaError {
  return new CaError('internal', 'unforeseen', { cause })
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('FST_')
}

/** For `setErrorHandler`: answers, counts, and logs what is our fault. */
export function problemHandler(refused: (code: CaErrorCode) => void, failed: FailureLog) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const known = asCaError(error)
    refused(known.code)
    if (ERROR_STATUS[known.code] >= 500) failed(request, known, SILENT.has(known.code))
    return sendProblem(reply, known)
  }
}
