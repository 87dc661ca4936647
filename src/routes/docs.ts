/** The OpenAPI document, made of the routes' schemas, and Swagger UI with local assets only. */
import fastifySwagger from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { errorsHtml } from './error-page.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Bodies that are no JSON, for the document; they stand before JSON. */
    rawBodies?: Readonly<Record<string, { schema: object; example?: unknown }>>
  }
}

/** In the order in which a person meets them. */
const TAGS = [
  { name: 'requests', description: 'Get a certificate: paste a request, look up what became of it.' },
  { name: 'pki', description: 'Trust the CA: its certificates, CRLs and fingerprints, for everybody.' },
  { name: 'certificates', description: 'Find certificates and fetch them in any form.' },
  { name: 'templates', description: 'What kinds of certificates there are.' },
  { name: 'tokens', description: 'Who may call.' },
  { name: 'audit', description: 'What was done, and by whom.' },
  { name: 'service', description: 'Whether the service is well.' },
]

const DESCRIPTION = `A certification authority for people who run Cisco VPNs.

1. Authorize with a token (\`lpk_…\`).
2. \`POST /v1/requests\`: paste what \`crypto ca enroll\` printed into the box and execute. The answer has the certificate.
3. \`GET /v1/certificates/{serial}?format=asa\`: the text to paste back into the console.

Before the first time, the ASA has to trust the CA: \`GET /pki/asa-authenticate\`. Refusals are RFC 9457 problems with a stable \`code\`; /docs/errors explains each.`

/** Collects the routes that are registered after it. */
export const openapi = fp(async (app) => {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'lab-pki', version: '1', description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/', description: 'This service.' }],
      tags: TAGS,
      security: [{ bearer: [] }],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description:
              'A token: `lpk_` and 43 or more characters. The first start writes an admin token to LAB_PKI_DATA/admin-token.',
          },
        },
      },
    },
    refResolver: { buildLocalReference: (schema, _base, _fragment, i) => String(schema.$id ?? `def-${i}`) },
    transform: ({ schema, url, route }) => ({ schema: withRawBodies(schema, route.config?.rawBodies), url }),
  })
})

type Schema = { body?: { content?: Record<string, unknown> } }

/** Fastify would hold raw bodies against their schemas, so that they stand beside the schema and join it here. */
function withRawBodies<S>(schema: S, rawBodies: Record<string, unknown> | undefined): S {
  const { body } = (schema ?? {}) as Schema
  return rawBodies && body?.content ? { ...schema, body: { content: { ...rawBodies, ...body.content } } } : schema
}

/**
 * Nothing from elsewhere, no frames around it. Swagger UI sets style attributes, and draws its icons from data: URLs;
 * scripts come from files only.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** `/docs`: Swagger UI, `/docs/json`, `/docs/errors`. */
export const docsRoutes: FastifyPluginAsync = async (app) => {
  app.get('/docs/errors', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(errorsHtml()),
  )
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { title: 'lab-pki' },
    uiConfig: {
      // Without the bar above, which is for other documents than ours.
      layout: 'BaseLayout',
      deepLinking: true,
      docExpansion: 'list',
      tryItOutEnabled: true,
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0,
      // A highlighter over a certificate of many lines makes slow browsers stop.
      syntaxHighlight: { activate: false },
    },
  })
}

/** The document of an application that is built; the same for each transport. */
export async function openapiDocument(app: FastifyInstance): Promise<object> {
  await app.ready()
  return app.swagger()
}
