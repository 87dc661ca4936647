/** What the log says of calls that failed for a reason of ours: enough to find it, and no flood while something is away. */
import type { FastifyRequest } from 'fastify'
import type { Clock } from '../ca/ports.js'
import type { CaError, CaErrorCode } from '../errors.js'

/** @param silent whether the caller was not told the detail, so that the log alone has it. */
export type FailureLog = (request: FastifyRequest, error: CaError, silent: boolean) => void

/** Milliseconds between two lines about the same code: while the database is away every call fails in the same way. */
const INTERVAL_MS = 1000

/**
 * `internal`, which nobody foresaw, with its whole stack, each time. Other codes without one: code, detail and the words of
 * the cause, at most once a second for each code and listener, and then with the number that went unsaid. What `silent` says
 * goes into the log each time, since the caller is told to quote `instance`.
 */
export function createFailureLog(clock: Clock): FailureLog {
  const said = new Map<CaErrorCode, { at: number; suppressed: number }>()
  return (request, error, silent) => {
    const call = { method: request.method, route: request.routeOptions.url }
    if (error.code === 'internal') return request.log.error({ err: error, ...call }, 'failed')
    const at = clock().getTime()
    const last = said.get(error.code)
    // A clock that was set back must not silence the log, hence the absolute value.
    if (!silent && last && Math.abs(at - last.at) < INTERVAL_MS) {
      last.suppressed++
      return
    }
    said.set(error.code, { at, suppressed: 0 })
    const facts = { code: error.code, detail: error.detail, ...causeOf(error), ...call }
    request.log.error(last?.suppressed ? { ...facts, suppressed: last.suppressed } : facts, 'failed')
  }
}

/** The cause in its own words; Node gives none to a connection that several addresses refused, but a code. */
function causeOf({ cause }: CaError): { cause?: string } {
  if (cause === undefined) return {}
  if (!(cause instanceof Error)) return { cause: String(cause) }
  return { cause: cause.message || ('code' in cause ? String(cause.code) : cause.name) }
}
