import t from 'tap'
import { CaError } from '../../src/errors.js'
import { chooseFormat, negotiate } from '../../src/routes/formats.js'

t.test('Accept chooses the form', async (t) => {
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['application/*', 'json'],
    ['text/plain', 'text'],
    ['application/x-pem-file', 'pem'],
    ['application/pkix-cert', 'der'],
    ['application/pem-certificate-chain', 'chain'],
    ['application/x-pkcs7-certificates', 'p7b'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'json'],
    ['application/json;q=0.5, application/pkix-cert', 'der'],
    ['application/json;q=0, */*', 'pem'],
    ['Application/PKIX-Cert ; Q=1.0', 'der'],
    ['text/*;q=0.3, text/plain;q=0.9, application/json;q=0.4', 'text'],
  ]
  for (const [accept, format] of cases) t.same(chooseFormat(undefined, accept), { format, asaInJson: false }, accept ?? 'none')
})

t.test('?format= goes before Accept', async (t) => {
  t.same(chooseFormat('pem', 'application/json'), { format: 'pem', asaInJson: false })
  t.same(chooseFormat('der', 'text/html'), { format: 'der', asaInJson: false })
})

t.test('asa is text, unless JSON is asked for by name', async (t) => {
  t.same(chooseFormat('asa', undefined), { format: 'asa', asaInJson: false })
  t.same(chooseFormat('asa', '*/*'), { format: 'asa', asaInJson: false })
  t.same(chooseFormat('asa', 'application/json'), { format: 'json', asaInJson: true })
})

t.test('an Accept that allows nothing of ours is refused, and what there is is named', async (t) => {
  try {
    chooseFormat(undefined, 'image/png')
    t.fail('refused')
  } catch (error) {
    t.ok(error instanceof CaError && error.code === 'not-acceptable')
    t.match(error, {
      detail: /^Accept \(image\/png\): nothing in it can be given; there are application\/json \(format=json\), /,
    })
  }
})

t.test('among equals the first of the list is taken', async (t) => {
  t.equal(negotiate('*/*', ['text', 'json']), 'text')
  t.equal(negotiate('image/png', ['text', 'json']), undefined)
})
