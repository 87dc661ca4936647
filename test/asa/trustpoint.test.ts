import t from 'tap'
import { checkTrustpoint, DEFAULT_TRUSTPOINT, MAX_TRUSTPOINT_CHARACTERS } from '../../src/asa/trustpoint.js'
import { CaError } from '../../src/errors.js'

t.test('takes the names that an ASA takes', async (t) => {
  for (const name of [
    DEFAULT_TRUSTPOINT,
    'CA',
    '2018-10-TrustPoint',
    'x'.repeat(MAX_TRUSTPOINT_CHARACTERS),
    'ASDM_TrustPoint0',
    'a/b.c:d',
  ]) {
    t.doesNotThrow(() => checkTrustpoint(name), name)
  }
})

t.test('refuses whatever would be more or other than one word of a command', async (t) => {
  const names = [
    '',
    ' ',
    'LAB PKI',
    'LAB_PKI\nwrite erase',
    'LAB\rPKI',
    'LAB?',
    '!LAB',
    '"LAB"',
    "LAB'",
    'LAB`',
    'LÄB',
    'a\u0000',
    'a\u001b[A',
    'x'.repeat(65),
  ]
  for (const name of names) t.throws(() => checkTrustpoint(name), { code: 'trustpoint-syntax' }, JSON.stringify(name))
  t.throws(
    () => checkTrustpoint('LAB PKI'),
    new CaError(
      'trustpoint-syntax',
      '/trustpoint (LAB PKI): the name of a trustpoint is one word of 1 to 64 ASCII characters without ?, ! and quotes; give the name that stands behind `crypto ca trustpoint` in the configuration',
    ),
  )
})
