/** The audit's events. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Authority } from '../ca/authority.js'
import type { AuditRecord } from '../ca/ports.js'
import { EXAMPLE_AUDIT_EVENT } from './examples.js'
import { pageParameters, pageQuery } from './paging.js'
import { tokenProblems } from './problem-responses.js'
import { listOf, moment, named, ref, shape } from './schemas.js'
import { rfc3339 } from './shapes.js'

export const AuditEventSchema = named(
  'AuditEvent',
  shape(
    {
      writer: Type.String({ description: 'Process that wrote it; each has a chain of its own.' }),
      sequence: Type.Integer({ description: 'Place in the chain, from 1 without gaps.' }),
      at: moment('When it happened'),
      actor: Type.String({ description: 'Name of the token, or `system`.' }),
      action: Type.String({ description: 'What was done, as `noun.verb`.' }),
      object: Type.String({ description: 'What it was done to.' }),
      detail: Type.Record(Type.String(), Type.Unsafe<string | number | boolean | null>({ description: 'A fact.' }), {
        description: 'Facts of the event; no secrets.',
      }),
      hash: Type.String({ description: "SHA-256 over the predecessor's hash and this event: lower-case hex." }),
    },
    'One link of the audit chain.',
  ),
)

export const AuditListSchema = listOf('AuditList', AuditEventSchema)

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

export function auditShape(event: AuditRecord): Static<typeof AuditEventSchema> {
  return {
    writer: event.writer,
    sequence: event.sequence,
    at: rfc3339(event.at),
    actor: event.actor,
    action: event.action,
    object: event.object,
    detail: { ...event.detail },
    hash: event.hash.toString('hex'),
  }
}
