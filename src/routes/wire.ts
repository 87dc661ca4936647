/** How the HTTP server itself behaves: what it parses, how long it waits, what it says before there is a request. */
import { type FastifyServerOptions, LogController } from 'fastify'
import type { RandomBytes } from '../ca/ports.js'
import { CaError } from '../errors.js'
import { SECURITY_HEADERS } from './observation.js'
import { asCaError, PROBLEM_MEDIA_TYPE, sendProblem, toProblem } from './problem.js'

/** Bodies of calls that have no limit of their own, in octets. */
const BODY_LIMIT_OCTETS = 64 * 1024
/** From the first octet of a call to its last, in milliseconds: a console's paste comes at once. */
const REQUEST_TIMEOUT_MS = 30_000
/** Octets that tell one process's calls from another's in the log. */
const PROCESS_ID_OCTETS = 4

/** Ids of calls: a part that is random for the process, and a counter; they stand in `instance` and in the log. */
export function callIds(random: RandomBytes): () => string {
  const process = random(PROCESS_ID_OCTETS).toString('hex')
  let last = 0
  return () => `${process}-${(++last).toString(36)}`
}

/** Fastify's options; the schema check refuses and never repairs. */
export function serverOptions(random: RandomBytes, trustedProxies: readonly string[]) {
  const nextId = callIds(random)
  return {
    bodyLimit: BODY_LIMIT_OCTETS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // A line for each call at info costs a third of the rate; a hook writes one at debug.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'instance' }),
    genReqId: nextId,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        // All faults at once; bodies are small, so that nobody can make the check expensive.
        allErrors: true,
        verbose: true,
        keywords: ['example'],
      },
    },
    // Addresses that the router itself cannot read, before any route and its hooks.
    frameworkErrors(error, _request, reply) {
      sendProblem(reply.headers(SECURITY_HEADERS), asCaError(error))
    },
    clientErrorHandler(error, socket) {
      if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
      socket.end(malformed(error.code, nextId()))
    },
  } satisfies FastifyServerOptions
}

/** The answer to what the HTTP parser could not read. */
function malformed(code: string, instance: string): string {
  const reason =
    code === 'HPE_HEADER_OVERFLOW'
      ? 'URL and headers are larger than 16 KiB; send the paste as the body'
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? `the request did not arrive within ${REQUEST_TIMEOUT_MS / 1000} s`
        : 'this is not HTTP/1.1; for HTTPS use the address of the HTTPS listener'
  const body = JSON.stringify(toProblem(new CaError('request-malformed', reason), instance))
  const headers = Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 400 Bad Request\r\n${headers.join('')}content-type: ${PROBLEM_MEDIA_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
}
