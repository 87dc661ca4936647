/** The templates that there are. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Authority } from '../ca/authority.js'
import { REQUESTED_TYPES } from '../ca/name-candidates.js'
import type { Template } from '../ca/template.js'
import { EXAMPLE_TEMPLATE } from './examples.js'
import { tokenProblems } from './problem-responses.js'
import { listOf, named, ref, shape, words } from './schemas.js'

const usage = (key: string) =>
  Type.Array(Type.String({ description: 'A bit, named as in RFC 5280.' }), { description: `Key usage with ${key} keys.` })

export const TemplateSchema = named(
  'Template',
  shape(
    {
      name: Type.String({ description: 'What `template` in a call says.' }),
      displayName: Type.String({ description: 'Name for people.' }),
      description: Type.String({ description: 'What it is for.' }),
      default: Type.Boolean({ description: 'Whether it is used where a call names none.' }),
      validityDays: Type.Integer({ description: 'Lifetime in days; the CA’s end or a cap may shorten it.' }),
      keyUsage: shape({ rsa: usage('RSA'), ec: usage('EC') }, 'By type of the requester’s key.'),
      extendedKeyUsage: Type.Array(Type.String({ description: 'Dotted object identifier.' }), {
        description: 'Purposes in the certificate.',
      }),
      subjectAltNames: Type.Array(words(REQUESTED_TYPES, 'Type of name.'), {
        description: 'Types of names that go into the certificate.',
      }),
      wildcards: Type.Boolean({ description: 'Whether `*.` names are possible, for tokens that may ask for them.' }),
    },
    'What kind of certificate is made.',
  ),
)

export const TemplateListSchema = listOf('TemplateList', TemplateSchema)

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

export function templateShape(template: Template): Static<typeof TemplateSchema> {
  return {
    name: template.name,
    displayName: template.displayName,
    description: template.description,
    default: template.default,
    validityDays: template.validityDays,
    keyUsage: { rsa: [...template.keyUsage.rsa], ec: [...template.keyUsage.ec] },
    extendedKeyUsage: [...template.extendedKeyUsage],
    subjectAltNames: [...template.subjectAltName.allow],
    wildcards: template.subjectAltName.wildcards,
  }
}
