/** Bearer tokens. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Authority } from '../ca/authority.js'
import type { NewTokenInput } from '../ca/tokens.js'
import { EXAMPLE_TOKEN } from './examples.js'
import { pageParameters, pageQuery } from './paging.js'
import { tokenProblems } from './problem-responses.js'
import { ref } from './schemas.js'
import { CreatedTokenSchema, createdTokenShape, NewTokenSchema, TokenListSchema, tokenShape } from './token-schemas.js'

export interface TokensOptions extends Record<string, unknown> {
  readonly authority: Authority
}

/** A token with a hundred patterns of each type has about this many octets. */
const TOKEN_BODY_OCTETS = 128 * 1024
const NO_QUERY = Type.Object({}, { additionalProperties: false })
/** A text that is no token, so that nobody takes the example for one. */
const EXAMPLE_TEXT = 'lpk_…shown-here-once…'

export const tokenRoutes: FastifyPluginAsyncTypebox<TokensOptions> = async (app, { authority }) => {
  app.get(
    '/tokens',
    {
      schema: {
        operationId: 'listTokens',
        tags: ['tokens'],
        summary: 'List tokens',
        description: 'Also those that are revoked or past their end. Nobody can see their texts again.',
        querystring: Type.Object(pageParameters, { additionalProperties: false }),
        response: {
          200: {
            description: 'A page of tokens.',
            content: { 'application/json': { schema: ref(TokenListSchema), example: { items: [EXAMPLE_TOKEN] } } },
          },
          ...tokenProblems(),
        },
      },
    },
    async (request) => {
      const page = await authority.listTokens(request.caller, pageQuery(request.query))
      return { ...page, items: page.items.map(tokenShape) }
    },
  )

  app.post(
    '/tokens',
    {
      bodyLimit: TOKEN_BODY_OCTETS,
      schema: {
        operationId: 'createToken',
        tags: ['tokens'],
        summary: 'Make a token',
        description: 'The answer holds the text of the token, which is shown this once: only its hash is kept.',
        querystring: NO_QUERY,
        body: { content: { 'application/json': { schema: ref(NewTokenSchema) } } },
        response: {
          201: {
            description: 'The token with its text.',
            headers: { location: { type: 'string', description: 'Address of the token, for DELETE.' } },
            content: {
              'application/json': { schema: ref(CreatedTokenSchema), example: { ...EXAMPLE_TOKEN, text: EXAMPLE_TEXT } },
            },
          },
          ...tokenProblems('body-invalid', 'body-line-breaks', 'body-too-large', 'media-type', 'audit-unavailable'),
        },
      },
    },
    async (request, reply) => {
      const created = await authority.createToken(request.caller, newToken(request.body as Static<typeof NewTokenSchema>))
      reply.code(201).header('location', `/v1/tokens/${created.token.id}`)
      return createdTokenShape(created)
    },
  )

  app.delete(
    '/tokens/:id',
    {
      schema: {
        operationId: 'revokeToken',
        tags: ['tokens'],
        summary: 'Revoke a token',
        description: 'At once and for good. The last admin token cannot be revoked.',
        params: Type.Object({
          id: Type.String({ pattern: '^[1-9][0-9]{0,14}$', description: 'Id of the token: a number', examples: ['2'] }),
        }),
        querystring: NO_QUERY,
        response: {
          204: { type: 'null', description: 'It is revoked.' },
          ...tokenProblems('token-last-admin', 'audit-unavailable'),
        },
      },
    },
    async (request, reply) => {
      await authority.revokeToken(request.caller, Number(request.params.id))
      return reply.code(204).send(null)
    },
  )
}

function newToken({ expiresAt, ...rest }: Static<typeof NewTokenSchema>): NewTokenInput {
  return { ...rest, ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }) }
}
