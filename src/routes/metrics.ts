/** Counters for Prometheus. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Publication } from '../ca/authority.js'
import type { Clock } from '../ca/ports.js'
import type { Gauge, Instruments } from './instruments.js'
import { tokenProblems } from './problem-responses.js'

export interface MetricsOptions extends Record<string, unknown> {
  readonly instruments: Instruments
  readonly publication: Publication
  readonly clock: Clock
  /** Octets. */
  readonly memoryUsage: () => { readonly rss: number; readonly heapUsed: number }
}

const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8'

export const metricsRoutes: FastifyPluginAsyncTypebox<MetricsOptions> = async (app, options) => {
  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        tags: ['service'],
        summary: 'Counters for Prometheus',
        description: 'A call from this very machine needs no token, where it is made to `localhost`, 127.0.0.1 or [::1].',
        security: [{ bearer: [] }, {}],
        querystring: Type.Object({}, { additionalProperties: false }),
        response: {
          200: {
            description: 'Text of the exposition format 0.0.4.',
            content: {
              'text/plain': {
                schema: { type: 'string', description: 'One line for each value.' },
                example: 'lab_pki_certificates_issued_total{template="WebServer"} 12\n',
              },
            },
          },
          ...tokenProblems(),
        },
      },
    },
    async (_request, reply) => reply.type(PROMETHEUS).send(options.instruments.render(await gauges(options))),
  )
}

async function gauges({ publication, clock, memoryUsage }: MetricsOptions): Promise<Gauge[]> {
  const { rss, heapUsed } = memoryUsage()
  const memory: Gauge[] = [
    { name: 'process_resident_memory_bytes', help: 'Resident memory in octets.', value: rss },
    { name: 'lab_pki_heap_used_bytes', help: 'Used JavaScript heap in octets.', value: heapUsed },
  ]
  const now = clock().getTime()
  for (const issuer of ['root', 'ca'] as const) {
    const crl = publication.certificate(issuer) && (await publication.crl(issuer))
    if (!crl) continue
    const age = (now - crl.thisUpdate.getTime()) / 1000
    memory.push({
      name: 'lab_pki_crl_age_seconds',
      help: 'Since thisUpdate of the published CRL.',
      labels: { issuer },
      value: age,
    })
  }
  return memory
}
