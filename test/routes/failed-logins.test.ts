import t from 'tap'
import { CaError } from '../../src/errors.js'
import { createFailedLogins } from '../../src/routes/failed-logins.js'

function isLocked(check: () => void): boolean {
  try {
    check()
    return false
  } catch (error) {
    if (error instanceof CaError && error.code === 'too-many-failures') return true
    throw error
  }
}

t.test('ten failures in a minute lock an address, nine do not', async (t) => {
  const failures = createFailedLogins(() => 0)
  for (let i = 0; i < 9; i++) failures.record('192.0.2.1')
  t.notOk(isLocked(() => failures.check('192.0.2.1')))
  failures.record('192.0.2.1')
  t.ok(isLocked(() => failures.check('192.0.2.1')))
})

t.test('the wait is as long as the minute that began with the first failure', async (t) => {
  let now = 0
  const failures = createFailedLogins(() => now)
  for (let i = 0; i < 10; i++) failures.record('192.0.2.1')
  now += 45_500
  try {
    failures.check('192.0.2.1')
    t.fail('locked')
  } catch (error) {
    t.match(error, { retryAfterSeconds: 15 })
  }
  now += 14_500
  t.notOk(isLocked(() => failures.check('192.0.2.1')))
})

t.test('a network of 64 bits is one address, since one host owns it', async (t) => {
  const failures = createFailedLogins(() => 0)
  for (let i = 0; i < 10; i++) failures.record(`2001:db8:0:1::${i.toString(16)}`)
  t.ok(isLocked(() => failures.check('2001:db8:0:1:ffff::1')))
  t.notOk(isLocked(() => failures.check('2001:db8:0:2::1')))
  t.notOk(isLocked(() => failures.check('2001:db8::1')))
})

t.test('memory is bounded: the address known longest is forgotten', async (t) => {
  const failures = createFailedLogins(() => 0)
  for (let i = 0; i < 10; i++) failures.record('192.0.2.1')
  for (let i = 0; i < 10_000; i++) failures.record(`10.0.${i >> 8}.${i & 255}`)
  t.notOk(isLocked(() => failures.check('192.0.2.1')))
})
