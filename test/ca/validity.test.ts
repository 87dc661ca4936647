import t from 'tap'
import { decideValidity, type ValidityInput } from '../../src/ca/validity.js'
import { CaError } from '../../src/errors.js'

const DAY = 86_400
const CAP = new Date('2038-01-19T03:14:07Z')
const TWO_YEARS = 730 * DAY
const base: ValidityInput = {
  now: new Date('2026-03-01T12:00:00.750Z'),
  lifetimeSeconds: TWO_YEARS,
  backdateSeconds: 600,
  issuerNotAfter: new Date('2036-01-01T00:00:00Z'),
  notAfterCap: CAP,
}

/** A stream of numbers below 1 that is the same in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

t.test('a full lifetime begins ten minutes back and ends one second before the second begin', async (t) => {
  t.strictSame(decideValidity(base), {
    notBefore: new Date('2026-03-01T11:50:00Z'),
    notAfter: new Date('2028-02-29T11:49:59Z'),
  })
})

t.test('for any clock: whole seconds, never longer than the lifetime, never behind the CA, always before the cap', async (t) => {
  const random = seeded(1)
  const found: string[] = []
  const moments = [
    '2024-02-29T23:59:59Z',
    '2028-02-28T12:00:00Z',
    '2036-01-19T03:14:07Z',
    '2048-06-01T00:00:00Z',
    '2049-12-31T23:59:59Z',
  ]
  for (let run = 0; run < 3000; run++) {
    const now = new Date(Date.parse(moments[run % moments.length] ?? '') + Math.floor((random() - 0.5) * 400 * DAY * 1000))
    const issuerNotAfter = new Date(Math.floor(now.getTime() / 1000) * 1000 + Math.floor(random() * 4000 * DAY) * 1000)
    const lifetimeSeconds = (2 + Math.floor(random() * 1000)) * DAY
    const notAfterCap = run % 2 === 0 ? CAP : undefined
    let decided: ReturnType<typeof decideValidity>
    try {
      decided = decideValidity({ ...base, now, issuerNotAfter, lifetimeSeconds, notAfterCap })
    } catch (error) {
      const end = Math.min(issuerNotAfter.getTime(), (notAfterCap?.getTime() ?? Number.POSITIVE_INFINITY) - 1000)
      if (!(error instanceof CaError) || error.code !== 'validity-too-short') throw error
      if (end - now.getTime() >= DAY * 1000) found.push(`refused although a day is left at ${now.toISOString()}`)
      continue
    }
    const { notBefore, notAfter, warning } = decided
    const length = (notAfter.getTime() - notBefore.getTime()) / 1000 + 1
    const capped = length < lifetimeSeconds
    const problems = [
      notBefore.getTime() % 1000 !== 0 || notAfter.getTime() % 1000 !== 0 ? 'not whole seconds' : '',
      length > lifetimeSeconds ? 'too long' : '',
      notAfter > issuerNotAfter ? 'behind the CA' : '',
      notAfterCap && notAfter >= notAfterCap ? 'not before the cap' : '',
      now.getTime() - notBefore.getTime() < 600_000 || now.getTime() - notBefore.getTime() >= 601_000 ? 'skew' : '',
      warning && !capped ? 'warned without reason' : '',
      capped && +notAfter !== +issuerNotAfter && +notAfter !== (notAfterCap?.getTime() ?? 0) - 1000 ? 'capped at nothing' : '',
    ].filter((problem) => problem !== '')
    if (problems.length > 0) found.push(`${problems.join(', ')} at ${now.toISOString()}`)
  }
  t.strictSame(found, [])
})

t.test('nothing reaches the moment at which an ASA stops counting', async (t) => {
  const { notAfter } = decideValidity({
    ...base,
    now: new Date('2037-01-01T00:00:00Z'),
    issuerNotAfter: new Date('2040-01-01T00:00:00Z'),
  })
  t.equal(notAfter.toISOString(), '2038-01-19T03:14:06.000Z')
})

t.test('without a cap a certificate goes beyond 2038 and 2050', async (t) => {
  const free = {
    ...base,
    now: new Date('2049-06-01T00:10:00Z'),
    issuerNotAfter: new Date('2060-01-01T00:00:00Z'),
    notAfterCap: undefined,
  }
  t.equal(decideValidity(free).notAfter.toISOString(), '2051-05-31T23:59:59.000Z')
})

t.test('a certificate that ends with its CA keeps the very second', async (t) => {
  const issuerNotAfter = new Date('2027-12-01T00:00:00Z')
  t.strictSame(decideValidity({ ...base, issuerNotAfter }), {
    notBefore: new Date('2026-03-01T11:50:00Z'),
    notAfter: issuerNotAfter,
  })
})

t.test('less than half of the lifetime is warned about, with the end and the remedy', async (t) => {
  t.strictSame(decideValidity({ ...base, issuerNotAfter: new Date('2026-06-01T12:00:00Z') }).warning, {
    code: 'validity-shortened',
    detail: 'the certificate ends at 2026-06-01T12:00:00Z, the end of the CA certificate: 92 days instead of 730; renew the CA',
  })
  t.equal(
    decideValidity({ ...base, now: new Date('2037-10-01T00:00:00Z'), issuerNotAfter: new Date('2040-01-01T00:00:00Z') }).warning
      ?.detail,
    'the certificate ends at 2038-01-19T03:14:06Z, the latest end that is set for all certificates: 110 days instead of 730; set a later not-after cap',
  )
})

t.test('less than a day is refused', async (t) => {
  const issuerNotAfter = new Date('2026-03-02T11:59:58Z')
  t.throws(() => decideValidity({ ...base, issuerNotAfter }), {
    code: 'validity-too-short',
    detail: '/template (2026-03-02T11:59:58Z): less than a day is left until the end of the CA certificate; renew the CA',
    errors: [
      {
        pointer: '/template',
        value: '2026-03-02T11:59:58Z',
        rule: 'less than a day is left until the end of the CA certificate',
        remedy: 'renew the CA',
      },
    ],
  })
  t.doesNotThrow(() => decideValidity({ ...base, issuerNotAfter: new Date('2026-03-02T11:59:59Z') }))
  t.throws(() => decideValidity({ ...base, issuerNotAfter: new Date('2020-01-01T00:00:00Z') }), { code: 'validity-too-short' })
})
