/** The templates that there are. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Authority } from '../ca/authority.js'
import { EXAMPLE_TEMPLATE } from './examples.js'
import { tokenProblems } from './problem-responses.js'
import { ref, TemplateListSchema } from './schemas.js'
import { templateShape } from './shapes.js'

export interface TemplatesOptions extends Record<string, unknown> {
  readonly authority: Authority
}

export const templateRoutes: FastifyPluginAsyncTypebox<TemplatesOptions> = async (app, { authority }) => {
  app.get(
    '/templates',
    {
      schema: {
        operationId: 'listTemplates',
        tags: ['templates'],
        summary: 'List the templates',
        description: 'What kinds of certificates there are. A token may be limited to some of them.',
        querystring: Type.Object({}, { additionalProperties: false }),
        response: {
          200: {
            description: 'All templates.',
            content: { 'application/json': { schema: ref(TemplateListSchema), example: { items: [EXAMPLE_TEMPLATE] } } },
          },
          ...tokenProblems(),
        },
      },
    },
    async () => ({ items: authority.templates().map(templateShape) }),
  )
}
