/** The whole URL map and permission model. A scope is a permission: what is registered in it is guarded by it. */
import type { ServerOptions } from 'node:https'
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import type { Authority } from './ca/authority.js'
import type { Clock, RandomBytes } from './ca/ports.js'
import { auditRoutes } from './routes/audit.js'
import { authenticated, authenticatedOrLocal, onlyFor } from './routes/auth.js'
import { certificateRoutes } from './routes/certificates.js'
import { docsRoutes, openapi } from './routes/docs.js'
import type { FailedLogins } from './routes/failed-logins.js'
import { createFailureLog } from './routes/failure-log.js'
import { fingerprintRoutes } from './routes/fingerprints.js'
import { healthRoutes } from './routes/health.js'
import type { Instruments } from './routes/instruments.js'
import { takeJson } from './routes/intake.js'
import { metricsRoutes } from './routes/metrics.js'
import { NAMED_SCHEMAS } from './routes/named-schemas.js'
import { notFound } from './routes/not-found.js'
import { observed, securityHeaders } from './routes/observation.js'
import { pkiRoutes } from './routes/pki.js'
import { problemHandler } from './routes/problem.js'
import { requestRoutes, submitRoute } from './routes/requests.js'
import { templateRoutes } from './routes/templates.js'
import { tokenRoutes } from './routes/tokens.js'
import { confidentialOnly } from './routes/transport.js'
import { serverOptions } from './routes/wire.js'

export interface AppDeps {
  readonly authority: Authority
  readonly clock: Clock
  readonly random: RandomBytes
  /** Octets. */
  readonly memoryUsage: () => { readonly rss: number; readonly heapUsed: number }
  /** One for the process: both listeners count into it. */
  readonly instruments: Instruments
  /** One for the process: both listeners count into it. */
  readonly failures: FailedLogins
  /** Without one nothing is logged. */
  readonly logger?: FastifyBaseLogger
  /** Addresses and CIDR blocks. */
  readonly trustedProxies: readonly string[]
  /** Where others reach the HTTPS listener; undefined where there is none. */
  readonly httpsUrl: string | undefined
}

export interface AppTransport {
  readonly transport: 'http' | 'https'
  /** Key and certificates, for `https`. */
  readonly https?: ServerOptions
}

/** One application for one listener. It decides nothing: `authority` does. */
export async function buildApp(deps: AppDeps, { transport, https }: AppTransport): Promise<FastifyInstance> {
  const { authority, instruments, failures, clock } = deps
  const { publication } = authority
  const app = createServer(deps, https)
  for (const schema of NAMED_SCHEMAS) app.addSchema(schema)
  takeJson(app)
  app.decorateRequest('caller')
  app.setErrorHandler(problemHandler(instruments.refused, createFailureLog(clock)))
  await app.register(securityHeaders)
  await app.register(notFound, { refused: instruments.refused })
  await app.register(observed, { instruments })
  await app.register(openapi)

  // For everybody, without credentials, on every listener.
  await app.register(pkiRoutes, { publication, clock })
  await app.register(fingerprintRoutes, { publication })
  await app.register(healthRoutes, { authority })

  // Over HTTPS, or within this machine.
  await app.register(async (confidential) => {
    await confidential.register(confidentialOnly, { transport, publication, httpsUrl: deps.httpsUrl })

    // For everybody, without credentials.
    confidential.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'))
    await confidential.register(docsRoutes)

    // With a bearer token whose role is named.
    await confidential.register(
      async (v1) => {
        await v1.register(authenticated, { authority, failures })
        await v1.register(onlyFor(['admin', 'officer', 'requester', 'mdm'], submitRoute), { authority, instruments })
        await v1.register(onlyFor(['admin', 'officer', 'requester', 'mdm', 'auditor'], requestRoutes), { authority, instruments })
        await v1.register(onlyFor(['admin', 'officer', 'requester', 'mdm', 'auditor'], certificateRoutes), { authority })
        await v1.register(onlyFor(['admin', 'officer', 'requester', 'mdm', 'auditor'], templateRoutes), { authority })
        await v1.register(onlyFor(['admin', 'auditor'], auditRoutes), { authority })
        await v1.register(onlyFor(['admin'], tokenRoutes), { authority })
      },
      { prefix: '/v1' },
    )

    // With a bearer token whose role is named, or from this machine.
    await confidential.register(async (metrics) => {
      await metrics.register(authenticatedOrLocal, { authority, failures })
      const options = { instruments, publication, clock, memoryUsage: deps.memoryUsage }
      await metrics.register(onlyFor(['admin', 'auditor'], metricsRoutes), options)
    })
  })
  return app
}

function createServer({ random, trustedProxies, logger }: AppDeps, https: ServerOptions | undefined): FastifyInstance {
  const options = { ...serverOptions(random, trustedProxies), ...(logger ? { loggerInstance: logger } : {}) }
  // Fastify's type of an HTTPS server differs in the raw server alone, which nothing here touches.
  return https ? (fastify({ ...options, https }) as unknown as FastifyInstance) : fastify(options)
}
