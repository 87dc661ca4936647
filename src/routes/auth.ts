/** Who calls, and which roles may. Both are plugins that guard the scope in which they are registered. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Authority, Caller } from '../ca/authority.js'
import type { Role } from '../ca/ports.js'
import { CaError } from '../errors.js'
import type { FailedLogins } from './failed-logins.js'
import { isLocalCallByName } from './loopback.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; there in every scope behind `authenticated`. */
    caller: Caller
  }
  interface FastifyContextConfig {
    /** Roles that the route's scope lets through; undefined: everybody. */
    roles?: readonly Role[]
  }
}

export interface AuthOptions {
  readonly authority: Pick<Authority, 'authenticate'>
  readonly failures: FailedLogins
}

/** Lets through only calls with a valid bearer token. Cookies and other schemes count as none. */
export const authenticated = fp<AuthOptions>(async (app, options) => {
  app.addHook('onRequest', async (request) => {
    request.caller = await callerOf(request, options)
  })
})

/** As `authenticated`, but a call from this very machine, to it by a loopback name, needs no token. */
export const authenticatedOrLocal = fp<AuthOptions>(async (app, options) => {
  app.addHook('onRequest', async (request) => {
    if (request.headers.authorization === undefined && isLocalCallByName(request)) request.caller = LOCAL_CALLER
    else request.caller = await callerOf(request, options)
  })
})

/** Whoever can open a loopback connection here may read counters, and nothing else: it has no other route. */
const LOCAL_CALLER: Caller = { tokenId: 0, name: 'loopback', role: 'auditor', patterns: {}, wildcards: false }

/** RFC 6750, 2.1. */
const BEARER = /^bearer +(\S+) *$/i

async function callerOf(request: FastifyRequest, { authority, failures }: AuthOptions): Promise<Caller> {
  const header = request.headers.authorization
  if (header === undefined) throw new CaError('unauthenticated', 'Authorization is missing; send `Authorization: Bearer lpk_…`')
  try {
    const token = BEARER.exec(header)?.[1]
    if (token === undefined) throw new CaError('unauthenticated', 'Authorization: must be `Bearer` and a token: `Bearer lpk_…`')
    return await authority.authenticate(token)
  } catch (error) {
    if (error instanceof CaError && error.code === 'unauthenticated') {
      // Only now: nobody who shares an address with others can lock out their valid tokens.
      failures.check(request.ip)
      failures.record(request.ip)
    }
    throw error
  }
}

/**
 * A scope that only these roles enter, with the routes in it. The roles also stand in the route's description, so that
 * what is documented is what is checked.
 */
export function onlyFor<Options extends Record<string, unknown>>(
  roles: readonly Role[],
  routes: FastifyPluginAsync<Options>,
): FastifyPluginAsync<Options> {
  return async (app, options) => {
    await app.register(roleGuard, { roles })
    await app.register(routes, options)
  }
}

/** Wrapped with fastify-plugin: unwrapped, its hook would stay in a scope of its own and guard nothing. */
const roleGuard = fp<{ readonly roles: readonly Role[] }>(async (app, { roles }) => {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, roles }
    if (route.schema)
      route.schema = { ...route.schema, description: `${route.schema.description ?? ''}\n\nRoles: ${roles.join(', ')}.` }
  })
  app.addHook('onRequest', async (request) => {
    if (roles.includes(request.caller.role)) return
    throw new CaError(
      'forbidden',
      `the token ${request.caller.name} has the role ${request.caller.role}; this call is for ${roles.join(', ')}`,
    )
  })
})
