import { Writable } from 'node:stream'
import { pino } from 'pino'
import t from 'tap'
import { CaError } from '../../src/errors.js'
import { asCaError, toProblem } from '../../src/routes/problem.js'
import { testApp } from '../support/app.js'

t.test('a problem has the members of RFC 9457, the code and the faults', async (t) => {
  const fault = { pointer: '/csr', value: 'x', rule: 'r', remedy: 'm' }
  t.same(toProblem(new CaError('key-too-small', 'because', { errors: [fault] }), 'id-1'), {
    type: '/docs/errors#key-too-small',
    title: 'The key is too small',
    status: 422,
    detail: 'because',
    instance: 'id-1',
    code: 'key-too-small',
    errors: [fault],
  })
})

t.test('what the caller sent is cut at 100 characters and escaped', async (t) => {
  const fault = { pointer: `/${'p'.repeat(200)}`, value: `\u0000\u202e${'v'.repeat(200)}`, rule: 'r', remedy: 'm' }
  const [shown] = toProblem(new CaError('body-invalid', 'd', { errors: [fault] }), 'id').errors
  t.equal(shown?.value, `\\u0000\\u202e${'v'.repeat(98)}…`)
  t.equal(shown?.pointer.length, 101)
})

t.test('at most 20 faults are listed', async (t) => {
  const errors = Array.from({ length: 50 }, (_, i) => ({ pointer: `/${i}`, rule: 'r', remedy: 'm' }))
  t.equal(toProblem(new CaError('body-invalid', 'd', { errors }), 'id').errors.length, 20)
})

t.test('an error that nobody foresaw loses its words', async (t) => {
  const { app, bearer, authority } = await testApp()
  authority.listAudit = () => Promise.reject(new Error('password=hunter2 at db.internal'))
  const answer = await app.inject({ url: '/v1/audit', headers: bearer.admin })
  t.equal(answer.statusCode, 500)
  t.equal(answer.json().code, 'internal')
  t.equal(
    answer.json().detail,
    'Something went wrong that nobody foresaw. Tell the operator and quote `instance`; the log has the reason.',
  )
  t.notMatch(answer.body, /hunter2|db\.internal/)
})

t.test('what speaks of our own insides is for the log alone', async (t) => {
  for (const code of ['internal', 'lint-failed', 'serial-conflict'] as const) {
    t.notMatch(toProblem(new CaError(code, 'tbs offset 17'), 'id').detail, /offset/, code)
  }
})

t.test('a database that is away is 503, and Retry-After comes along where it is known', async (t) => {
  const { app, bearer, authority } = await testApp()
  authority.listAudit = () =>
    Promise.reject(new CaError('database-unavailable', 'the database does not answer', { retryAfterSeconds: 5 }))
  const answer = await app.inject({ url: '/v1/audit', headers: bearer.admin })
  t.equal(answer.statusCode, 503)
  t.equal(answer.headers['retry-after'], '5')
  t.equal(answer.json().detail, 'the database does not answer')
})

t.test('a body beyond the limit is 413', async (t) => {
  const { app, bearer } = await testApp()
  const headers = { ...bearer.admin, 'content-type': 'text/plain' }
  const answer = await app.inject({ method: 'POST', url: '/v1/requests', headers, payload: 'a'.repeat(600 * 1024) })
  t.equal(answer.statusCode, 413)
  t.equal(answer.json().code, 'body-too-large')
})

t.test("Fastify's own errors become ours", async (t) => {
  const { app } = await testApp()
  const badUrl = await app.inject({ url: '/pki/%ff%fe' })
  t.equal(badUrl.headers['content-type'], 'application/problem+json')
  t.equal(badUrl.json().code, 'request-malformed')
  t.equal(asCaError(Object.assign(new Error('x'), { code: 'FST_ERR_SOMETHING', statusCode: 400 })).code, 'request-malformed')
  t.equal(asCaError(Object.assign(new Error('x'), { code: 'FST_ERR_SOMETHING', statusCode: 500 })).code, 'internal')
  t.equal(asCaError('a string').code, 'internal')
})

t.test('while the database is away the log has one line without a stack', async (t) => {
  const lines: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const { app, bearer, authority } = await testApp({ logger: pino({ level: 'info' }, stream) })
  authority.listAudit = () =>
    Promise.reject(new CaError('database-unavailable', 'the database does not answer', { cause: new Error('refused') }))
  for (let i = 0; i < 5; i++) {
    t.equal((await app.inject({ url: '/v1/audit', headers: bearer.admin })).statusCode, 503)
  }
  t.equal(lines.length, 1)
  t.match(JSON.parse(lines[0] ?? '{}'), {
    code: 'database-unavailable',
    detail: 'the database does not answer',
    cause: 'refused',
    route: '/v1/audit',
  })
  t.notMatch(lines[0], /stack|\.ts:/)
})
