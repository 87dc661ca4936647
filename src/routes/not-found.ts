/** Addresses that do not exist, and methods that an address does not have. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { CaError, type CaErrorCode, printable } from '../errors.js'
import { sendProblem } from './problem.js'

export interface NotFoundOptions extends Record<string, unknown> {
  readonly refused: (code: CaErrorCode) => void
}

/** Answers 405 with Allow where the address exists for other methods, else 404. Register it before the routes and after the headers. */
export const notFound = fp<NotFoundOptions>(async (app: FastifyInstance, { refused }) => {
  const routes: { readonly pattern: RegExp; readonly method: string }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    for (const one of [method].flat()) routes.push({ pattern: patternOf(url), method: one })
  })
  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?')[0] ?? ''
    const allowed = [...new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))]
    // A route that has the method and still finds nothing, as one of files does, is no matter of methods.
    const otherMethod = allowed.length > 0 && !allowed.includes(request.method)
    const error = otherMethod ? methodNotAllowed(request, allowed) : unknownAddress(path)
    refused(error.code)
    if (otherMethod) reply.header('allow', allowed.join(', '))
    return sendProblem(reply, error)
  }
  // Before the body is read: nobody has been authenticated who could ask for that.
  app.addHook('onRequest', async (request, reply) => (request.is404 ? answer(request, reply) : undefined))
  // For routes that find nothing themselves.
  app.setNotFoundHandler(answer)
})

function methodNotAllowed({ method }: FastifyRequest, allowed: readonly string[]): CaError {
  return new CaError('method-not-allowed', `${printable(method)} is not possible here; there are ${allowed.join(', ')}`)
}

function unknownAddress(path: string): CaError {
  return new CaError('not-found', `there is nothing at ${printable(path)}; /docs shows what there is`)
}

/** `/v1/requests/:id` as a regular expression over the path. */
function patternOf(url: string): RegExp {
  const source = url
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:\w+/g, '[^/]+')
    .replaceAll('*', '.*')
  return new RegExp(`^${source}$`)
}
