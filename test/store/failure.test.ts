import t from 'tap'
import { CaError } from '../../src/errors.js'
import { isAway, storeFailure, translated } from '../../src/store/failure.js'

const serverError = (code: string, more: Record<string, string> = {}) =>
  Object.assign(new Error(more.message ?? 'secret detail of a statement'), { severity: 'ERROR', code, ...more })

t.test('what the server did not say itself means that it is away', async (t) => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  t.ok(isAway(refused))
  t.ok(isAway(new Error('Query read timeout')))
  t.match(storeFailure(refused), {
    code: 'database-unavailable',
    detail: 'the database does not answer; try again in a few seconds',
    retryAfterSeconds: 2,
    cause: refused,
  })
  t.notOk(isAway(new TypeError('a fault of the program')))
})

t.test('SQLSTATEs of a server in no state to answer mean that it is away', async (t) => {
  for (const state of ['08006', '53100', '53300', '57014', '57P01', '57P03', '58030', '25006', '55P03', '28P01', '3D000']) {
    t.equal(storeFailure(serverError(state)).code, 'database-unavailable', state)
  }
  for (const state of ['23505', '22021', '42601', '23001']) t.notOk(isAway(serverError(state)), state)
})

t.test('conflicts that are answers have their own codes', async (t) => {
  const of = (constraint: string) => storeFailure(serverError('23505', { constraint }))
  t.match(of('certificates_serial_key'), {
    code: 'serial-conflict',
    detail: 'a certificate with this serial number exists; draw another one',
  })
  t.match(of('idempotency_keys_pkey'), {
    code: 'idempotency-key-reused',
    detail: 'Idempotency-Key: this key has an answer already; fetch that answer, or send another key',
  })
  t.match(of('issuers_active_slug_key'), {
    code: 'issuer-unavailable',
    detail: 'the database has an active issuer for this path already; retire it first',
  })
  t.match(of('issuers_spki_sha256_key'), {
    code: 'issuer-unavailable',
    detail: 'the database has an issuer with this key already; use that issuer',
  })
  t.equal(of('requests_pkey').code, 'internal')
})

t.test('an audit table that refuses is audit-unavailable', async (t) => {
  const detail = 'the audit event cannot be written, so nothing was done; tell the administrator'
  t.match(storeFailure(serverError('23505', { table: 'audit_events', constraint: 'audit_events_pkey' })), {
    code: 'audit-unavailable',
    detail,
  })
  t.match(storeFailure(serverError('42501', { message: 'permission denied for table audit_events' })), {
    code: 'audit-unavailable',
    detail,
  })
})

t.test('text that cannot be stored is a fault of the call', async (t) => {
  t.match(storeFailure(serverError('22021')), {
    code: 'body-invalid',
    detail: 'the text holds a character that cannot be stored (U+0000); leave it out',
  })
})

t.test('anything else is internal and shows nothing of the cause', async (t) => {
  t.match(storeFailure(serverError('42601')), { code: 'internal', detail: 'the database refused a statement' })
})

t.test('an error of the domain passes as it is', async (t) => {
  const error = new CaError('token-last-admin', 'x')
  t.equal(storeFailure(error), error)
  t.notOk(isAway(error))
  t.ok(isAway(new CaError('database-unavailable', 'x')))
  await t.rejects(
    translated(() => Promise.reject(error)),
    error,
  )
})
