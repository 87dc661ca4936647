/** The audit's events. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Authority } from '../ca/authority.js'
import { EXAMPLE_AUDIT_EVENT } from './examples.js'
import { pageParameters, pageQuery } from './paging.js'
import { tokenProblems } from './problem-responses.js'
import { AuditListSchema, ref } from './schemas.js'
import { auditShape } from './shapes.js'

export interface AuditOptions extends Record<string, unknown> {
  readonly authority: Authority
}

export const auditRoutes: FastifyPluginAsyncTypebox<AuditOptions> = async (app, { authority }) => {
  app.get(
    '/audit',
    {
      schema: {
        operationId: 'listAuditEvents',
        tags: ['audit'],
        summary: 'List audit events, newest first',
        description: 'Each writer has a hash chain of its own; `npm start -- audit verify` checks them against the signed heads.',
        querystring: Type.Object(pageParameters, { additionalProperties: false }),
        response: {
          200: {
            description: 'A page of events.',
            content: { 'application/json': { schema: ref(AuditListSchema), example: { items: [EXAMPLE_AUDIT_EVENT] } } },
          },
          ...tokenProblems(),
        },
      },
    },
    async (request) => {
      const page = await authority.listAudit(request.caller, pageQuery(request.query))
      return { ...page, items: page.items.map(auditShape) }
    },
  )
}
