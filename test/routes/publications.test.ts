import t from 'tap'
import { testApp } from '../support/app.js'

t.test('a strong ETag saves the second transfer', async (t) => {
  const { app } = await testApp()
  const first = await app.inject({ url: '/pki/root.crl' })
  const etag = String(first.headers.etag)
  t.match(etag, /^"[0-9a-f]{32}"$/)
  for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    const again = await app.inject({ url: '/pki/root.crl', headers: { 'if-none-match': tag } })
    t.equal(again.statusCode, 304, tag)
    t.equal(again.body, '')
    t.equal(again.headers.etag, etag)
  }
  t.equal((await app.inject({ url: '/pki/root.crl', headers: { 'if-none-match': '"x"' } })).statusCode, 200)
})

t.test('HEAD tells length and type without the body', async (t) => {
  const { app } = await testApp()
  const get = await app.inject({ url: '/pki/root.cer' })
  const head = await app.inject({ method: 'HEAD', url: '/pki/root.cer' })
  t.equal(head.statusCode, 200)
  t.equal(head.body, '')
  for (const name of ['content-type', 'content-length', 'etag', 'cache-control'])
    t.equal(head.headers[name], get.headers[name], name)
})
