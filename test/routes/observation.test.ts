import { Writable } from 'node:stream'
import { pino } from 'pino'
import t from 'tap'
import { CAPTURE, PLAIN, testApp } from '../support/app.js'

function recorder() {
  const lines: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  return { lines, stream }
}

t.test('every answer has the headers that protect browsers', async (t) => {
  const { app } = await testApp()
  for (const url of [
    '/pki/root.pem',
    '/v1/templates',
    '/nothing',
    '/docs',
    '/readyz',
    '/%',
    '/pki/%ff',
    `/pki/${'x'.repeat(200)}`,
    '/docs/static/..%2fx',
  ]) {
    const { headers } = await app.inject({ url })
    t.equal(headers['x-content-type-options'], 'nosniff', url)
    t.equal(headers['referrer-policy'], 'no-referrer', url)
    t.match(headers['content-security-policy'], /frame-ancestors 'none'/, url)
    t.equal(headers['strict-transport-security'], undefined, 'CRLs must stay reachable over plain HTTP on the same host')
  }
})

t.test('the log at debug names route and status, and never a token, a query or a body', async (t) => {
  const { lines, stream } = recorder()
  const { app, bearer } = await testApp({ logger: pino({ level: 'trace' }, stream) })
  const token = bearer.admin.authorization.slice('Bearer '.length)
  await app.inject({ method: 'POST', url: '/v1/requests?comment=hush', headers: { ...bearer.admin, ...PLAIN }, payload: CAPTURE })
  await app.inject({ url: `/v1/templates?token=${token}`, headers: bearer.admin })
  await app.inject({
    method: 'POST',
    url: '/v1/requests',
    headers: { ...bearer.admin, ...PLAIN },
    payload: '-----BEGIN PRIVATE KEY-----',
  })
  const log = lines.join('')
  t.match(log, /"method":"POST","route":"\/v1\/requests","status":201/)
  for (const secret of [token, 'hush', 'MIIC8TCC', 'PRIVATE KEY']) t.notOk(log.includes(secret), secret)
})

t.test('at info a call that goes well or is refused leaves no line, and one that fails does', async (t) => {
  const { lines, stream } = recorder()
  const { app, bearer, authority } = await testApp({ logger: pino({ level: 'info' }, stream) })
  await app.inject({ url: '/v1/templates', headers: bearer.admin })
  await app.inject({ url: '/v1/templates' })
  t.same(lines, [])
  authority.listAudit = () => Promise.reject(new Error('the disk is gone'))
  const answer = await app.inject({ url: '/v1/audit', headers: bearer.admin })
  t.equal(lines.length, 1)
  const entry = JSON.parse(lines[0] ?? '{}')
  t.equal(entry.instance, answer.json().instance)
  t.equal(entry.route, '/v1/audit')
  t.match(JSON.stringify(entry.err), /the disk is gone/)
})
