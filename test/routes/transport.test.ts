import { createPublicKey } from 'node:crypto'
import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import { TLSSocket } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { pem } from '../../src/ca/pem.js'
import { testApp } from '../support/app.js'
import { testKey, testRoot } from '../support/issuance.js'

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

t.test('beyond the machine plain HTTP carries public files and health only', async (t) => {
  const { app, bearer } = await testApp({ transport: 'http' })
  for (const url of ['/pki/root.pem', '/pki/root.crl', '/pki/fingerprints', '/livez', '/readyz']) {
    t.equal((await app.inject({ url, remoteAddress: '192.0.2.1' })).statusCode, 200, url)
  }
  for (const url of [
    '/',
    '/v1/templates',
    '/v1/tokens',
    '/docs',
    '/docs/json',
    '/docs/errors',
    '/docs/static/index.html',
    '/metrics',
  ]) {
    const answer = await app.inject({ url, headers: bearer.admin, remoteAddress: '192.0.2.1' })
    t.equal(answer.statusCode, 403, url)
    t.equal(answer.json().code, 'https-required', url)
  }
})

t.test('the refusal names the HTTPS address and the fingerprints', async (t) => {
  const { app } = await testApp({ transport: 'http' })
  const answer = await app.inject({ url: '/v1/templates', remoteAddress: '192.0.2.1' })
  t.match(
    answer.json().detail,
    /^plain HTTP does not carry the API beyond the machine: use https:\/\/pki\.lab\.example:8443; the root's fingerprints are SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}, SHA-1 ([0-9A-F]{2}:){19}[0-9A-F]{2}$/,
  )
  const none = await testApp({ transport: 'http', httpsUrl: undefined })
  t.match((await none.app.inject({ url: '/v1/templates', remoteAddress: '192.0.2.1' })).json().detail, /LAB_PKI_HTTPS is off/)
})

t.test('a browser gets a short page without scripts', async (t) => {
  const { app } = await testApp({ transport: 'http' })
  for (const url of ['/', '/docs']) {
    const page = await app.inject({ url, headers: BROWSER, remoteAddress: '192.0.2.1' })
    t.equal(page.statusCode, 403)
    t.equal(page.headers['content-type'], 'text/html; charset=utf-8')
    t.match(page.body, /<a href="https:\/\/pki\.lab\.example:8443\/docs">/)
    t.match(page.body, /SHA-256<\/dt><dd><code>([0-9A-F]{2}:){31}/)
    t.notMatch(page.body, /<script|<style/)
    t.match(page.headers['content-security-policy'], /default-src 'none'/)
  }
})

/** A call over a real socket, with headers that fetch would not send. */
function call(app: FastifyInstance, path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${app.listeningOrigin}${path}`, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

t.test('within the machine it carries everything, unless somebody speaks for somebody else', async (t) => {
  const { app, bearer } = await testApp({ transport: 'http' })
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.equal(await call(app, '/v1/templates', bearer.admin), 200)
  t.equal(await call(app, '/docs'), 200)
  const forwarding: Record<string, string>[] = [
    { 'x-forwarded-for': '127.0.0.1' },
    { 'x-forwarded-proto': 'https' },
    { 'x-forwarded-host': 'x' },
    { forwarded: 'for=127.0.0.1;proto=https' },
    { 'x-real-ip': '127.0.0.1' },
    { via: '1.1 proxy' },
  ]
  for (const header of forwarding)
    t.equal(await call(app, '/v1/templates', { ...bearer.admin, ...header }), 403, JSON.stringify(header))
})

t.test('a trusted proxy is believed when it says https, and only then', async (t) => {
  const { app, bearer } = await testApp({ transport: 'http', trustedProxies: ['192.0.2.1'] })
  const via = (remoteAddress: string, proto: string) =>
    app.inject({
      url: '/v1/templates',
      headers: { ...bearer.admin, 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': proto },
      remoteAddress,
    })
  t.equal((await via('192.0.2.1', 'https')).statusCode, 200)
  t.equal((await via('192.0.2.1', 'http')).statusCode, 403)
  t.equal((await via('192.0.2.1', 'https, http')).statusCode, 403, 'the last hop decides')
  t.equal((await via('192.0.2.2', 'https')).statusCode, 403, 'another peer is not believed')
})

t.test('the HTTPS listener carries everything from everywhere', async (t) => {
  const { app, bearer } = await testApp()
  t.equal((await app.inject({ url: '/v1/templates', headers: bearer.admin, remoteAddress: '192.0.2.1' })).statusCode, 200)
  const start = await app.inject({ url: '/', remoteAddress: '192.0.2.1' })
  t.equal(start.statusCode, 302)
  t.equal(start.headers.location, '/docs')
})

const PROXIED = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' }

t.test('over a socket, too, only a trusted proxy is believed when it says https', async (t) => {
  for (const [trusted, status] of [
    ['127.0.0.0/8', 200],
    ['192.0.2.1', 403],
  ] as const) {
    const { app, bearer } = await testApp({ transport: 'http', trustedProxies: [trusted] })
    t.teardown(() => app.close())
    await app.listen({ host: '127.0.0.1', port: 0 })
    t.equal(await call(app, '/v1/templates', { ...bearer.admin, ...PROXIED }), status, `${trusted} is trusted`)
    t.equal(await call(app, '/v1/templates', { ...bearer.admin, ...PROXIED, 'x-forwarded-proto': 'http' }), 403)
  }
})

/** A call over TLS with the key of the listener pinned. */
function callTls(app: FastifyInstance, path: string, headers: Record<string, string>): Promise<number> {
  const pinned = createPublicKey(testKey('ca-p256')).export({ type: 'spki', format: 'der' })
  return new Promise((resolve, reject) => {
    const sent = requestTls(`${app.listeningOrigin}${path}`, { headers, rejectUnauthorized: false, agent: false }, (answer) => {
      const peer = answer.socket instanceof TLSSocket ? answer.socket.getPeerX509Certificate() : undefined
      if (!peer?.publicKey.export({ type: 'spki', format: 'der' }).equals(pinned)) reject(new Error('somebody else answers'))
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.on('error', reject).end()
  })
}

async function tlsApp(t: Test, trustedProxies: readonly string[]) {
  const { certificateDer } = await testRoot('ca-p256')
  const key = testKey('ca-p256').export({ type: 'pkcs8', format: 'pem' }).toString()
  const world = await testApp({ trustedProxies, https: { key, cert: pem('CERTIFICATE', certificateDer) } })
  t.teardown(() => world.app.close())
  await world.app.listen({ host: '127.0.0.1', port: 0 })
  t.match(world.app.listeningOrigin, /^https:/)
  return world
}

const WRONG = { authorization: 'Bearer lpk_wrong' }

t.test('over TLS nobody evades the limit of wrong tokens by a forged X-Forwarded-For', async (t) => {
  const { app, bearer } = await tlsApp(t, ['192.0.2.1'])
  for (let i = 0; i < 10; i++) {
    t.equal(await callTls(app, '/v1/templates', { ...WRONG, 'x-forwarded-for': `203.0.113.${i}` }), 401)
  }
  t.equal(await callTls(app, '/v1/templates', { ...WRONG, 'x-forwarded-for': '203.0.113.200' }), 429)
  t.equal(await callTls(app, '/v1/templates', bearer.admin), 200, 'a valid token passes')
})

t.test('over TLS the address that a trusted proxy adds counts, and not those that its client wrote before', async (t) => {
  const { app } = await tlsApp(t, ['127.0.0.1'])
  const from = (i: number, client: string) =>
    callTls(app, '/v1/templates', { ...WRONG, 'x-forwarded-for': `198.51.100.${i}, ${client}` })
  for (let i = 0; i < 10; i++) t.equal(await from(i, '203.0.113.9'), 401)
  t.equal(await from(99, '203.0.113.9'), 429)
  t.equal(await from(99, '203.0.113.10'), 401, 'another client of the proxy has its own attempts')
})
