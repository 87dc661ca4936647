import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { CaError, type CaErrorCode } from '../../src/errors.js'
import { createFailureLog } from '../../src/routes/failure-log.js'
import { fixedClock } from '../support/fixed-world.js'

function recorder() {
  const lines: Record<string, unknown>[] = []
  const time = fixedClock('2027-01-01T00:00:00Z')
  const failed = createFailureLog(time.clock)
  const log = { error: (facts: Record<string, unknown>) => lines.push(facts) }
  const request = { method: 'GET', routeOptions: { url: '/v1/audit' }, log } as unknown as FastifyRequest
  return { lines, time, say: (error: CaError, silent = false) => failed(request, error, silent) }
}

const away = (code: CaErrorCode = 'database-unavailable') =>
  new CaError(code, 'the database does not answer', { cause: new Error('connect ECONNREFUSED 127.0.0.1:5432') })

t.test('a failure that was foreseen is code, detail and the words of its cause, without a stack', async (t) => {
  const { lines, say } = recorder()
  say(away())
  t.same(lines, [
    {
      code: 'database-unavailable',
      detail: 'the database does not answer',
      cause: 'connect ECONNREFUSED 127.0.0.1:5432',
      method: 'GET',
      route: '/v1/audit',
    },
  ])
})

t.test('a thousand failures of one second are one line, and the next one counts them', async (t) => {
  const { lines, time, say } = recorder()
  for (let i = 0; i < 1000; i++) say(away())
  t.equal(lines.length, 1)
  time.advance(999)
  say(away())
  t.equal(lines.length, 1)
  time.advance(1)
  say(away())
  t.equal(lines.length, 2)
  t.match(lines[1], { code: 'database-unavailable', suppressed: 1000 })
  time.advance(1000)
  say(away())
  t.notOk('suppressed' in (lines[2] ?? {}), 'nothing went unsaid since')
})

t.test('each code has a line of its own', async (t) => {
  const { lines, say } = recorder()
  for (const code of ['database-unavailable', 'audit-unavailable', 'issuer-unavailable'] as const) say(away(code))
  t.same(
    lines.map(({ code }) => code),
    ['database-unavailable', 'audit-unavailable', 'issuer-unavailable'],
  )
})

t.test('a clock that is set back does not silence the log', async (t) => {
  const { lines, time, say } = recorder()
  say(away())
  time.advance(-3_600_000)
  say(away())
  t.equal(lines.length, 2)
})

t.test('what nobody foresaw is logged with its stack, each time', async (t) => {
  const { lines, say } = recorder()
  const error = new CaError('internal', 'unforeseen', { cause: new TypeError('x is undefined') })
  say(error, true)
  say(error, true)
  t.equal(lines.length, 2)
  t.equal(lines[0]?.err, error)
})

t.test('what the caller was not told is logged each time, since he is told to quote the instance', async (t) => {
  const { lines, say } = recorder()
  for (let i = 0; i < 2; i++) say(new CaError('lint-failed', 'serial: has 3 octets'), true)
  t.equal(lines.length, 2)
  t.same(lines[1], { code: 'lint-failed', detail: 'serial: has 3 octets', method: 'GET', route: '/v1/audit' })
})

t.test('a cause without words is named by its code, or by its kind', async (t) => {
  const { lines, say } = recorder()
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
  say(new CaError('database-unavailable', 'd', { cause: refused }))
  say(new CaError('audit-unavailable', 'd', { cause: new AggregateError([]) }))
  say(new CaError('issuer-unavailable', 'd', { cause: 'a word' }))
  t.same(
    lines.map(({ cause }) => cause),
    ['ECONNREFUSED', 'AggregateError', 'a word'],
  )
})
