/** The permission model as a table: every route, without credentials and with each role. */
import type { HTTPMethods } from 'fastify'
import t from 'tap'
import type { Role } from '../src/ca/ports.js'
import { ROLES } from '../src/ca/ports.js'
import { testApp } from './support/app.js'

const ALL: readonly Role[] = ROLES
const CERTIFICATES: readonly Role[] = ['admin', 'officer', 'requester', 'mdm']

/** Route → who may; `open` needs no credentials. Everything not in it fails the test. */
const TABLE: Readonly<Record<string, 'open' | readonly Role[]>> = {
  'GET /': 'open',
  'GET /pki/:issuer.pem': 'open',
  'GET /pki/:issuer.cer': 'open',
  'GET /pki/:issuer.p7b': 'open',
  'GET /pki/:issuer.crl': 'open',
  'GET /pki/chain.pem': 'open',
  'GET /pki/fingerprints': 'open',
  'GET /pki/asa-authenticate': 'open',
  'GET /livez': 'open',
  'GET /readyz': 'open',
  'GET /docs': 'open',
  'GET /docs/': 'open',
  'GET /docs/errors': 'open',
  'GET /docs/json': 'open',
  'GET /docs/yaml': 'open',
  'GET /docs/static/index.html': 'open',
  'GET /docs/static/swagger-initializer.js': 'open',
  'GET /docs/static/*': 'open',
  'GET /metrics': ['admin', 'auditor'],
  'POST /v1/requests': CERTIFICATES,
  'GET /v1/requests': ALL,
  'GET /v1/requests/:id': ALL,
  'GET /v1/certificates': ALL,
  'GET /v1/certificates/:serial': ALL,
  'GET /v1/templates': ALL,
  'GET /v1/audit': ['admin', 'auditor'],
  'GET /v1/tokens': ['admin'],
  'POST /v1/tokens': ['admin'],
  'DELETE /v1/tokens/:id': ['admin'],
}

function addressOf(pattern: string): string {
  return pattern.replace(':issuer', 'root').replace(':id', '1').replace(':serial', 'ab12').replace('*', 'swagger-ui.css')
}

t.test('every route admits exactly whom the table names', async (t) => {
  const { app, bearer } = await testApp()
  await app.ready()
  // Every route that the router knows, whoever registered it.
  const routes = routesOf(app.printRoutes())
  t.same([...routes].filter((route) => !route.startsWith('HEAD ')).sort(), Object.keys(TABLE).sort())

  for (const route of routes) {
    const [method = '', pattern = ''] = route.split(' ')
    const who = TABLE[route.replace(/^HEAD /, 'GET ')]
    t.ok(who, `${route} stands in the table`)
    const call = (headers: Record<string, string>) =>
      app.inject({ method: method as HTTPMethods & 'GET', url: addressOf(pattern), headers, remoteAddress: '192.0.2.77' })
    const stranger = (await call({})).statusCode
    if (who === 'open') t.ok(![401, 403].includes(stranger), `${route} is open (${stranger})`)
    else t.equal(stranger, 401, `${route} without credentials`)
    t.not((await call({ cookie: `authorization=${bearer.admin.authorization}` })).statusCode, who === 'open' ? 401 : 200)
    for (const role of ROLES) {
      if (who === 'open' || route === 'DELETE /v1/tokens/:id') continue
      const status = (await call(bearer[role])).statusCode
      if (who?.includes(role)) t.ok(![401, 403].includes(status), `${route} admits ${role} (${status})`)
      else t.equal(status, 403, `${route} refuses ${role}`)
    }
  }
  for (const role of ROLES) {
    if (role === 'admin') continue
    t.equal((await app.inject({ method: 'DELETE', url: '/v1/tokens/1', headers: bearer[role] })).statusCode, 403, role)
  }
})

/** `METHOD /path` of each line of Fastify's own list. */
function routesOf(printed: string): Set<string> {
  const routes = new Set<string>()
  const path: string[] = []
  for (const line of printed.split('\n')) {
    const match = /^([│\s]*)[├└]── (\S*)(?: \(([^)]+)\))?/.exec(line)
    if (!match) continue
    const [, indent = '', part = '', methods] = match
    path.length = indent.length / 4
    path.push(part)
    for (const method of methods?.split(', ') ?? []) routes.add(`${method} ${path.join('')}`)
  }
  return routes
}

t.test('the roles that the document names are those that the guard admits', async (t) => {
  const { app } = await testApp()
  await app.ready()
  const document = app.swagger() as unknown as {
    paths: Record<string, Record<string, { description: string; security?: object[] }>>
  }
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const who = TABLE[`${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`]
      if (who === 'open') t.same(operation.security, [], `${method} ${path} is open`)
      else t.ok(operation.description.endsWith(`\n\nRoles: ${who?.join(', ')}.`), `${method} ${path} names its roles`)
    }
  }
})
