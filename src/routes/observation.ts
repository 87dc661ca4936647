/** What goes with every answer: headers for browsers, counters, a line in the log. */
import fp from 'fastify-plugin'
import type { Instruments } from './instruments.js'

/**
 * No Strict-Transport-Security: browsers apply it to every port of the host, and the CRLs and CA certificates of a CA
 * have to stay reachable over plain HTTP on the very same name (RFC 5280, 8).
 */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  // Answers are for their caller; public files say otherwise themselves.
  'cache-control': 'no-store',
} as const

export const securityHeaders = fp(async (app) => {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS)
  })
})

/** Counts each answer by its route, and says at debug who was served; never the URL, where a token may have strayed to. */
export const observed = fp<{ readonly instruments: Instruments }>(async (app, { instruments }) => {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    instruments.answered(request.method, route, reply.statusCode)
    const facts = { method: request.method, route, status: reply.statusCode, ms: reply.elapsedTime }
    request.log.debug(facts, 'answered')
  })
})
