import t from 'tap'
import { CaError } from '../../src/errors.js'
import { escapeLineBreaks, parseJson } from '../../src/routes/intake.js'
import { CAPTURE, testApp } from '../support/app.js'

function refusalOf(text: string | Buffer): CaError {
  try {
    parseJson(Buffer.from(text))
  } catch (error) {
    if (error instanceof CaError) return error
    throw error
  }
  throw new Error('was accepted')
}

t.test('JSON is UTF-8, with or without a byte order mark', async (t) => {
  t.same(parseJson(Buffer.from('{"a":"ü"}')), { a: 'ü' })
  t.same(parseJson(Buffer.from('\ufeff{"a":1}')), { a: 1 })
  t.equal(refusalOf(Buffer.from('{"a":"\xfc"}', 'latin1')).detail, 'the body is not UTF-8; JSON must be (RFC 8259, 8.1)')
})

t.test('raw line breaks in a string have a refusal of their own', async (t) => {
  for (const text of ['{"csr":"a\nb"}', '{"csr":"a\r\nb","template":"x"}']) {
    const error = refusalOf(text)
    t.equal(error.code, 'body-line-breaks')
    t.equal(
      error.detail,
      'a JSON string holds raw line breaks: send the paste itself and choose text/plain as Content-Type, or write \\n for each line break',
    )
  }
})

t.test('what is no JSON is refused without a word of it', async (t) => {
  for (const text of ['', '-----BEGIN PRIVATE KEY-----\nMIIE', '{"csr": secret', 'undefined']) {
    const error = refusalOf(text)
    t.equal(error.code, 'body-invalid')
    t.equal(error.detail, 'the body is no JSON; to send a paste as it is, choose text/plain as Content-Type')
    t.equal(error.cause, undefined)
  }
})

t.test('an escaped quotation mark does not end a string, and an escaped backslash escapes nothing', async (t) => {
  t.equal(escapeLineBreaks('{"a":"\\"\n","b":"\\\\"\n}'), '{"a":"\\"\\n","b":"\\\\"\n}')
  t.equal(refusalOf('{"a":"\\"\n"}').code, 'body-line-breaks')
  t.equal(refusalOf('{"a":"\\\n"}').code, 'body-line-breaks', 'a line break behind a backslash, as shells write it')
})

t.test('a string that never ends is looked at once, character by character', async (t) => {
  const text = `{"csr":"${'\\"'.repeat(48 * 1024)}`
  let taken = 0
  // What was taken from a generator cannot be taken again.
  function* once(): Generator<string> {
    for (const character of text) {
      taken++
      yield character
    }
  }
  t.equal(escapeLineBreaks(once()), text)
  t.equal(taken, text.length)
  t.equal(refusalOf(text).code, 'body-invalid')
})

t.test('every way to send a paste is taken, also without a content type', async (t) => {
  const { app, bearer } = await testApp({ transport: 'http' })
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const types = [
    'text/plain',
    'text/plain; charset=utf-8',
    'application/pkcs10',
    'application/x-pem-file',
    'application/octet-stream',
    'application/x-www-form-urlencoded',
    undefined,
  ]
  for (const type of types) {
    const headers: Record<string, string> = { ...bearer.admin, ...(type === undefined ? {} : { 'content-type': type }) }
    const answer = await fetch(`${app.listeningOrigin}/v1/requests`, { method: 'POST', headers, body: Buffer.from(CAPTURE) })
    t.equal(answer.status, 201, type ?? 'none')
  }
})

t.test('other media types are refused with a list of those that are taken', async (t) => {
  const { app, bearer } = await testApp()
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/requests',
    headers: { ...bearer.admin, 'content-type': 'multipart/form-data; boundary=x' },
    payload: '--x--',
  })
  t.equal(answer.statusCode, 415)
  t.equal(
    answer.json().detail,
    'Content-Type (multipart/form-data): this call takes text/plain, application/pkcs10, application/x-pem-file, application/octet-stream, application/x-www-form-urlencoded, application/json, or none',
  )
  const token = await app.inject({
    method: 'POST',
    url: '/v1/tokens',
    headers: { ...bearer.admin, 'content-type': 'text/plain' },
    payload: 'x',
  })
  t.equal(token.statusCode, 415)
  t.equal(token.json().detail, 'Content-Type: this call takes application/json')
})
