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
