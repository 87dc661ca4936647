import t from 'tap'
import { CA_ERROR_CODES } from '../../src/errors.js'
import { ISSUANCE_CODES, problems, tokenProblems } from '../../src/routes/problem-responses.js'

t.test('codes of one status share one entry that names them all', async (t) => {
  const entries = problems('body-invalid', 'media-type')
  t.equal(
    entries['400']?.description,
    '`body-invalid`: The body is invalid. `request-malformed`: Malformed HTTP request. `query-invalid`: Wrong query parameter.',
  )
  t.ok(entries['415'])
  t.notOk(entries['401'])
  t.ok(tokenProblems()['401'])
})

t.test('issuing can meet every code of intake, key, names and call', async (t) => {
  for (const code of CA_ERROR_CODES) {
    if (/^(csr|key|name|template|trustpoint)-/.test(code)) t.ok(ISSUANCE_CODES.includes(code), code)
  }
})
