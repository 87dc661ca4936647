import t from 'tap'
import { CA_ERROR_CODES, CaError, printable, refuse } from '../src/errors.js'

t.test('codes are words with hyphens, each once', async (t) => {
  t.equal(new Set(CA_ERROR_CODES).size, CA_ERROR_CODES.length)
  for (const code of CA_ERROR_CODES) t.match(code, /^[a-z]+(-[a-z]+)*$/)
})

t.test('a refusal because of one field says the same in detail and in errors', async (t) => {
  const cause = new Error('inside')
  const error = refuse(
    'key-too-small',
    { pointer: '/csr', value: 'a\nb', rule: 'is too small', remedy: 'take another' },
    { cause },
  )
  t.ok(error instanceof CaError)
  t.equal(error.detail, '/csr (a\\u000ab): is too small; take another')
  t.same(error.errors, [{ pointer: '/csr', value: 'a\nb', rule: 'is too small', remedy: 'take another' }])
  t.equal(error.cause, cause)
  t.equal(refuse('csr-missing', { pointer: '/csr', rule: 'r', remedy: 'm' }).detail, '/csr: r; m')
})

t.test('what a caller sent is shown cut and without characters that deceive', async (t) => {
  t.equal(printable('vpn.läb'), 'vpn.läb')
  t.equal(printable('a\u0000\u001b[31m\u202e\u2028'), 'a\\u0000\\u001b[31m\\u202e\\u2028')
  t.equal(printable('\ud800'), '\\ud800')
  t.equal(printable('😀'.repeat(101)), `${'😀'.repeat(100)}…`)
})
