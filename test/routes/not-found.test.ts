import t from 'tap'
import { testApp } from '../support/app.js'

t.test('an address that does not exist is said so, escaped and cut', async (t) => {
  const { app } = await testApp()
  const answer = await app.inject({ url: `/nothing%0a?token=lpk_secret` })
  t.equal(answer.statusCode, 404)
  t.equal(answer.headers['content-type'], 'application/problem+json')
  t.equal(answer.json().detail, 'there is nothing at /nothing%0a; /docs shows what there is')
  t.notMatch(answer.body, /lpk_secret/)
})

t.test('another method of an address is 405 with Allow', async (t) => {
  const { app } = await testApp()
  const put = await app.inject({ method: 'PUT', url: '/v1/certificates/ab12' })
  t.equal(put.statusCode, 405)
  t.equal(put.headers.allow, 'GET, HEAD')
  t.equal(put.json().detail, 'PUT is not possible here; there are GET, HEAD')
  const remove = await app.inject({ method: 'DELETE', url: '/pki/root.crl' })
  t.equal(remove.headers.allow, 'GET, HEAD')
})

t.test('a file that is not there is 404, although its route has the method', async (t) => {
  const { app } = await testApp()
  for (const url of ['/docs/static/..%2f..%2fpackage.json', '/docs/static/%2e%2e/x', '/docs/static/nothing.js']) {
    const answer = await app.inject({ url })
    t.equal(answer.statusCode, 404, url)
    t.equal(answer.json().code, 'not-found', url)
    t.equal(answer.headers.allow, undefined, url)
  }
  t.equal((await app.inject({ method: 'POST', url: '/docs/static/nothing.js' })).statusCode, 405)
})

t.test('an address that does not exist reads no body', async (t) => {
  const { app } = await testApp()
  for (const [url, status] of [
    ['/nothing', 404],
    ['/livez', 405],
  ] as const) {
    const headers = { 'content-type': 'application/json' }
    const answer = await app.inject({ method: 'POST', url, headers, payload: '{"a":' })
    t.equal(answer.statusCode, status, url)
    t.equal(answer.headers['x-content-type-options'], 'nosniff', url)
  }
})
