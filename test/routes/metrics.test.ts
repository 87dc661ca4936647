import { request } from 'node:http'
import t from 'tap'
import { submit, testApp } from '../support/app.js'

t.test('an auditor from elsewhere reads counters, and the age of the CRL', async (t) => {
  const world = await testApp()
  await submit(world)
  world.time.advance(60_000)
  const answer = await world.app.inject({ url: '/metrics', headers: world.bearer.auditor })
  t.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  t.match(answer.body, 'lab_pki_certificates_issued_total{template="WebServer"} 1')
  t.match(answer.body, 'process_resident_memory_bytes 1024')
  t.match(answer.body, 'lab_pki_crl_age_seconds{issuer="root"} 660', 'thisUpdate is backdated by 600 s')
})

t.test('from this machine no token is needed; through a proxy it is', async (t) => {
  const { app } = await testApp({ transport: 'http', trustedProxies: ['127.0.0.1'] })
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.equal((await fetch(`${app.listeningOrigin}/metrics`)).status, 200)
  const proxied = { 'x-forwarded-for': '192.0.2.9', 'x-forwarded-proto': 'https' }
  t.equal((await fetch(`${app.listeningOrigin}/metrics`, { headers: proxied })).status, 401)
  const wrong = { authorization: 'Bearer lpk_wrong' }
  t.equal((await fetch(`${app.listeningOrigin}/metrics`, { headers: wrong })).status, 401, 'a wrong token is not overlooked')
})

t.test('a page of elsewhere whose name leads to this machine reads nothing without a token', async (t) => {
  const { app, bearer } = await testApp({ transport: 'http' })
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const status = (headers: Record<string, string>, path = '/metrics') =>
    new Promise<number>((resolve, reject) => {
      const call = request(`${app.listeningOrigin}${path}`, { headers }, (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      })
      call.on('error', reject).end()
    })
  for (const host of ['localhost', 'localhost:1', '127.0.0.1', '127.0.0.2:8080', '[::1]:8080']) {
    t.equal(await status({ host }), 200, host)
  }
  for (const host of ['evil.example', 'evil.example:8080', '127.0.0.1.evil.example']) {
    t.equal(await status({ host }), 401, host)
    t.equal(await status({ host, ...bearer.auditor }), 200, `${host} with a token`)
    t.equal(await status({ host, ...bearer.admin }, '/v1/templates'), 200, `${host}: the API wants its token, as always`)
  }
})
