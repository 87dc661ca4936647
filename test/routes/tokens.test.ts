import t from 'tap'
import { testApp } from '../support/app.js'

const NEW = { name: 'vpn-team', role: 'requester', templates: ['WebServer'], patterns: { dns: ['*.lab.example'] } }

t.test('a new token is shown once, works, and is listed without its text', async (t) => {
  const { app, bearer } = await testApp()
  const created = await app.inject({ method: 'POST', url: '/v1/tokens', headers: bearer.admin, payload: NEW })
  t.equal(created.statusCode, 201)
  const { text, id } = created.json()
  t.match(text, /^lpk_[A-Za-z0-9_-]{43,}$/)
  t.equal(created.headers.location, `/v1/tokens/${id}`)
  t.equal(created.headers['cache-control'], 'no-store')
  t.equal((await app.inject({ url: '/v1/templates', headers: { authorization: `Bearer ${text}` } })).statusCode, 200)
  const list = await app.inject({ url: '/v1/tokens', headers: bearer.admin })
  t.notMatch(list.body, /lpk_/)
  t.match(
    list.json().items.find((item: { id: number }) => item.id === id),
    { name: 'vpn-team', role: 'requester', wildcards: false },
  )
  const revoked = await app.inject({ method: 'DELETE', url: `/v1/tokens/${id}`, headers: bearer.admin })
  t.equal(revoked.statusCode, 204)
  t.equal(revoked.body, '')
  t.equal((await app.inject({ url: '/v1/templates', headers: { authorization: `Bearer ${text}` } })).statusCode, 401)
})

t.test('every fault of a token is named at once', async (t) => {
  const { app, bearer } = await testApp()
  const payload = { role: 'root', patterns: { dns: ['vpn.*'] }, wildcards: 'yes', expiresAt: 'soon', scope: 1 }
  const answer = await app.inject({ method: 'POST', url: '/v1/tokens', headers: bearer.admin, payload })
  t.equal(answer.statusCode, 400)
  t.same(
    answer
      .json()
      .errors.map((fault: { pointer: string }) => fault.pointer)
      .sort(),
    ['/expiresAt', '/name', '/patterns/dns/0', '/role', '/scope', '/wildcards'],
  )
})

t.test('an end in the past is refused by the domain', async (t) => {
  const { app, bearer } = await testApp()
  const payload = { ...NEW, expiresAt: '2020-01-01T00:00:00Z' }
  const answer = await app.inject({ method: 'POST', url: '/v1/tokens', headers: bearer.admin, payload })
  t.equal(answer.json().errors[0].pointer, '/expiresAt')
})

t.test('a token that does not exist cannot be revoked', async (t) => {
  const { app, bearer } = await testApp()
  for (const id of ['999', 'x']) {
    t.equal((await app.inject({ method: 'DELETE', url: `/v1/tokens/${id}`, headers: bearer.admin })).statusCode, 404, id)
  }
})
