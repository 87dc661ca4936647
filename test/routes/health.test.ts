import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { testApp } from '../support/app.js'

t.test('liveness asks nobody', async (t) => {
  const { app, authority } = await testApp()
  authority.readiness = () => Promise.reject(new Error('not asked'))
  const answer = await app.inject({ url: '/livez' })
  t.equal(answer.statusCode, 200)
  t.equal(answer.body, 'alive\n')
})

t.test('readiness names the parts and nothing else to those from elsewhere', async (t) => {
  const { app, authority } = await testApp()
  authority.readiness = async () => [
    { component: 'database', ok: false, warnings: ['connection to 10.0.0.5 refused'] },
    { component: 'crl', ok: true },
  ]
  const answer = await app.inject({ url: '/readyz', remoteAddress: '192.0.2.1' })
  t.equal(answer.statusCode, 503)
  t.same(answer.json(), {
    status: 'not-ready',
    components: [
      { component: 'database', ok: false },
      { component: 'crl', ok: true },
    ],
  })
})

t.test('on this machine readiness tells its warnings, too', async (t) => {
  const { app, authority } = await testApp({ transport: 'http' })
  t.teardown(() => app.close())
  authority.readiness = async () => [{ component: 'public-url', ok: true, warnings: ['only this machine can reach it'] }]
  await app.listen({ host: '127.0.0.1', port: 0 })
  const answer = await fetch(`${app.listeningOrigin}/readyz`)
  t.equal(answer.status, 200)
  t.same(await answer.json(), {
    status: 'ready',
    components: [{ component: 'public-url', ok: true, warnings: ['only this machine can reach it'] }],
  })
})

t.test('a page of elsewhere whose name leads to this machine is told no warnings', async (t) => {
  const { app, authority } = await testApp({ transport: 'http' })
  t.teardown(() => app.close())
  authority.readiness = async () => [{ component: 'public-url', ok: true, warnings: ['only this machine can reach it'] }]
  await app.listen({ host: '127.0.0.1', port: 0 })
  const body = await new Promise<string>((resolve, reject) => {
    request(`${app.listeningOrigin}/readyz`, { headers: { host: 'evil.example' } }, async (answer) => resolve(await text(answer)))
      .on('error', reject)
      .end()
  })
  t.same(JSON.parse(body), { status: 'ready', components: [{ component: 'public-url', ok: true }] })
})
