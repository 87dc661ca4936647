/** For load balancers and monitors: is the process alive, and can it issue. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Authority, ComponentHealth } from '../ca/authority.js'
import { isLocalCallByName } from './loopback.js'
import { problems } from './problem-responses.js'
import { named, ref, shape, words } from './schemas.js'

export const HealthSchema = named(
  'Health',
  shape(
    {
      status: words(['ready', 'not-ready'], 'Whether certificates can be issued.'),
      components: Type.Array(
        shape(
          {
            component: Type.String({ description: 'Name of the part.' }),
            ok: Type.Boolean({ description: 'Whether it works.' }),
            warnings: Type.Optional(
              Type.Array(Type.String({ description: 'A sentence.' }), { description: 'Told to callers on this machine only.' }),
            ),
          },
          'A part of the service.',
        ),
        { description: 'The parts.' },
      ),
    },
    'Whether the service is ready.',
  ),
)

export interface HealthOptions extends Record<string, unknown> {
  readonly authority: Pick<Authority, 'readiness'>
}

const NO_QUERY = Type.Object({}, { additionalProperties: false })
const EXAMPLE = { status: 'ready', components: [{ component: 'database', ok: true }] }

export const healthRoutes: FastifyPluginAsyncTypebox<HealthOptions> = async (app, { authority }) => {
  app.get(
    '/livez',
    {
      schema: {
        operationId: 'getLiveness',
        tags: ['service'],
        summary: 'Whether the process is alive',
        description: 'Asks nothing else, so that a lost database does not restart the service. No token is needed.',
        security: [],
        querystring: NO_QUERY,
        response: {
          200: {
            description: 'It is.',
            content: { 'text/plain': { schema: { type: 'string', description: 'The word `alive`.' }, example: 'alive\n' } },
          },
          ...problems(),
        },
      },
    },
    async (_request, reply) => reply.type('text/plain; charset=utf-8').send('alive\n'),
  )

  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        tags: ['service'],
        summary: 'Whether certificates can be issued',
        description:
          'Names the parts and whether each works. Warnings are told to callers on this machine only. No token is needed.',
        security: [],
        querystring: NO_QUERY,
        response: {
          200: { description: 'Ready.', content: { 'application/json': { schema: ref(HealthSchema), example: EXAMPLE } } },
          503: {
            description: 'A part does not work.',
            content: { 'application/json': { schema: ref(HealthSchema), example: { ...EXAMPLE, status: 'not-ready' } } },
          },
          ...problems(),
        },
      },
    },
    async (request, reply) => {
      const health = healthShape(await authority.readiness(), isLocalCallByName(request))
      return reply
        .code(health.status === 'ready' ? 200 : 503)

        .send(health)
    },
  )
}

function healthShape(components: readonly ComponentHealth[], withWarnings: boolean): Static<typeof HealthSchema> {
  return {
    status: components.every(({ ok }) => ok) ? 'ready' : 'not-ready',
    components: components.map(({ component, ok, warnings }) => ({
      component,
      ok,
      ...(withWarnings && warnings && warnings.length > 0 ? { warnings: [...warnings] } : {}),
    })),
  }
}
