/** The application over the real authority with a store in memory, and a token for every role. */
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { type AppDeps, type AppTransport, buildApp } from '../../src/app.js'
import { checkTrustpoint } from '../../src/asa/trustpoint.js'
import type { Authority } from '../../src/ca/authority.js'
import { createAuthority } from '../../src/ca/create-authority.js'
import { ROLES, type Role } from '../../src/ca/ports.js'
import { createPublisher } from '../../src/ca/publication.js'
import { createTokens, type NewTokenInput } from '../../src/ca/tokens.js'
import { createFailedLogins } from '../../src/routes/failed-logins.js'
import { createInstruments } from '../../src/routes/instruments.js'
import { memoryEnrollment } from './authority.js'

const DAY_MS = 24 * 3600 * 1000

export interface TestApp {
  readonly app: FastifyInstance
  readonly authority: Authority
  readonly store: Awaited<ReturnType<typeof memoryEnrollment>>['store']
  readonly time: Awaited<ReturnType<typeof memoryEnrollment>>['time']
  /** `Authorization` for each role. */
  readonly bearer: Readonly<Record<Role, { readonly authorization: string }>>
  token(input: NewTokenInput): Promise<{ readonly authorization: string }>
}

export interface TestAppOptions extends Partial<AppDeps> {
  readonly transport?: AppTransport['transport']
  /** Key and certificate, for a test over a real socket. */
  readonly https?: NonNullable<AppTransport['https']>
}

/** The transport is `https` unless told otherwise: with `http` the address of `inject` decides what is served. */
export async function testApp({ transport = 'https', https, ...overrides }: TestAppOptions = {}): Promise<TestApp> {
  const { store, time, deps, issuers } = await memoryEnrollment('routes')
  const tokens = createTokens({
    clock: time.clock,
    monotonic: time.monotonic,
    random: deps.random,
    ledger: store.ledger,
    register: store.register,
  })
  const schedule = () => ({ periodMs: 7 * DAY_MS, overlapMs: 3 * DAY_MS, backdateMs: 600_000 })
  const publisher = createPublisher({ clock: time.clock, register: store.register, ledger: store.ledger, issuers, schedule })
  await publisher.refresh()
  const authority = createAuthority({ ...deps, tokens, publisher, issuers, auditFault: () => undefined, checkTrustpoint })
  const app = await buildApp(
    {
      authority,
      clock: time.clock,
      random: deps.random,
      memoryUsage: () => ({ rss: 1024, heapUsed: 512 }),
      instruments: createInstruments(),
      failures: createFailedLogins(() => time.clock().getTime()),
      trustedProxies: [],
      httpsUrl: 'https://pki.lab.example:8443',
      ...overrides,
    },
    { transport, ...(https ? { https } : {}) },
  )
  const token = async (input: NewTokenInput) => ({ authorization: `Bearer ${(await tokens.create('test', input)).text}` })
  const bearer = Object.fromEntries(
    await Promise.all(ROLES.map(async (role) => [role, await token({ name: role, role })] as const)),
  ) as Record<Role, { authorization: string }>
  return { app, authority, store, time, bearer, token }
}

/** The console capture that is the example everywhere. */
export const CAPTURE = readFileSync(new URL('../../examples/asa-enroll.txt', import.meta.url), 'utf8')

export const PLAIN = { 'content-type': 'text/plain' } as const

/** Sends the capture as a person would, and gives the answer. */
export function submit(testApp: Pick<TestApp, 'app' | 'bearer'>, query = '', headers: Record<string, string> = {}) {
  const { app, bearer } = testApp
  return app.inject({
    method: 'POST',
    url: `/v1/requests${query}`,
    headers: { ...bearer.admin, ...PLAIN, ...headers },
    payload: CAPTURE,
  })
}
