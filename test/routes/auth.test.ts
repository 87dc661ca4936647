import t from 'tap'
import { createFailedLogins } from '../../src/routes/failed-logins.js'
import { testApp } from '../support/app.js'

t.test('without Authorization the answer says what to send', async (t) => {
  const { app } = await testApp()
  const answer = await app.inject({ url: '/v1/templates' })
  t.equal(answer.statusCode, 401)
  t.equal(answer.headers['www-authenticate'], 'Bearer realm="lab-pki"')
  t.equal(answer.json().code, 'unauthenticated')
  t.equal(answer.json().detail, 'Authorization is missing; send `Authorization: Bearer lpk_…`')
})

t.test('other schemes, cookies and tokens in the URL never authenticate', async (t) => {
  const { app, bearer } = await testApp()
  const token = bearer.admin.authorization.slice('Bearer '.length)
  const basic = `Basic ${Buffer.from(`admin:${token}`).toString('base64')}`
  t.equal((await app.inject({ url: '/v1/templates', headers: { authorization: basic } })).statusCode, 401)
  t.equal((await app.inject({ url: '/v1/templates', headers: { authorization: token } })).statusCode, 401)
  t.equal(
    (await app.inject({ url: '/v1/templates', headers: { cookie: `token=${token}; authorization=${token}` } })).statusCode,
    401,
  )
  t.equal((await app.inject({ url: `/v1/templates?access_token=${token}` })).statusCode, 401)
})

t.test('the scheme is written in any case', async (t) => {
  const { app, bearer } = await testApp()
  const authorization = bearer.admin.authorization.replace('Bearer', 'bearer')
  t.equal((await app.inject({ url: '/v1/templates', headers: { authorization } })).statusCode, 200)
})

t.test('a role that may not call learns which may', async (t) => {
  const { app, bearer } = await testApp()
  const answer = await app.inject({ url: '/v1/tokens', headers: bearer.officer })
  t.equal(answer.statusCode, 403)
  t.equal(answer.json().code, 'forbidden')
  t.equal(answer.json().detail, 'the token officer has the role officer; this call is for admin')
})

t.test('a revoked and an expired token are as unknown as any other', async (t) => {
  const { app, bearer, time, token } = await testApp()
  const short = await token({ name: 'short', role: 'auditor', expiresAt: new Date('2027-03-01T12:00:10Z') })
  t.equal((await app.inject({ url: '/v1/templates', headers: short })).statusCode, 200)
  time.advance(10_000)
  t.equal((await app.inject({ url: '/v1/templates', headers: short })).statusCode, 401)
  const list = (await app.inject({ url: '/v1/tokens', headers: bearer.admin })).json()
  const officer = list.items.find((item: { name: string }) => item.name === 'officer')
  t.equal((await app.inject({ method: 'DELETE', url: `/v1/tokens/${officer.id}`, headers: bearer.admin })).statusCode, 204)
  t.equal((await app.inject({ url: '/v1/templates', headers: bearer.officer })).statusCode, 401)
})

t.test('an address with ten wrong tokens has to wait with further wrong ones, and nobody else', async (t) => {
  const { app, time } = await testApp()
  const wrong = { authorization: `Bearer lpk_${'x'.repeat(43)}` }
  const from = (remoteAddress: string, headers: Record<string, string>) =>
    app.inject({ url: '/v1/templates', headers, remoteAddress })
  for (let i = 0; i < 10; i++) t.equal((await from('192.0.2.1', wrong)).statusCode, 401)
  const locked = await from('192.0.2.1', wrong)
  t.equal(locked.statusCode, 429)
  t.equal(locked.headers['retry-after'], '60')
  t.equal(
    locked.json().detail,
    '10 wrong tokens came from 192.0.2.1; send a valid one, which is taken at any time, or try again in 60 s',
  )
  t.equal((await from('192.0.2.2', wrong)).statusCode, 401, 'another address has its own attempts')
  time.advance(60_000)
  t.equal((await from('192.0.2.1', wrong)).statusCode, 401, 'after the wait there are attempts again')
})

t.test('a valid token passes whatever others did from the same address', async (t) => {
  const { app, bearer } = await testApp()
  const wrong = { authorization: `Bearer lpk_${'x'.repeat(43)}` }
  for (let i = 0; i < 11; i++) await app.inject({ url: '/v1/templates', headers: wrong })
  t.equal((await app.inject({ url: '/v1/templates', headers: wrong })).statusCode, 429)
  t.equal((await app.inject({ url: '/v1/templates', headers: bearer.admin })).statusCode, 200)
  t.equal((await app.inject({ url: '/metrics', headers: bearer.auditor })).statusCode, 200)
  t.equal((await app.inject({ url: '/v1/templates' })).statusCode, 401, 'no token is no wrong one')
})

t.test('who has no valid token has no body read: neither its size, nor its type, nor its form matters', async (t) => {
  const { app, bearer } = await testApp()
  const malformed = `{"csr":"${'\\"'.repeat(300 * 1024)}`
  const post = (url: string, payload: string, headers: Record<string, string>) =>
    app.inject({ method: 'POST', url, headers: { 'content-type': 'application/json', ...headers }, payload })
  for (const url of ['/v1/requests', '/v1/tokens']) {
    for (const payload of [malformed, malformed.slice(0, 32 * 1024), '']) {
      for (const stranger of [{}, { authorization: 'Bearer lpk_wrong' }, { 'content-type': 'multipart/form-data' }]) {
        t.ok([401, 429].includes((await post(url, payload, stranger)).statusCode), `${url}, ${payload.length} octets`)
      }
    }
  }
  t.equal((await post('/v1/requests', '{"csr":', {})).statusCode, 401)
  t.equal((await post('/v1/tokens', '{"name":', bearer.requester)).statusCode, 403, 'a role that may not call, neither')
  t.equal((await post('/v1/requests', malformed, bearer.admin)).statusCode, 413)
  t.equal((await post('/v1/requests', '{"csr":', bearer.admin)).statusCode, 400)
})

t.test('calls without a token do not use up attempts', async (t) => {
  const { app, bearer } = await testApp()
  for (let i = 0; i < 20; i++) await app.inject({ url: '/v1/templates' })
  t.equal((await app.inject({ url: '/v1/templates', headers: bearer.admin })).statusCode, 200)
})

t.test('attempts are counted by the address that a trusted proxy names', async (t) => {
  const { app, bearer } = await testApp({ trustedProxies: ['192.0.2.0/24'] })
  const call = (client: string, headers: Record<string, string>) =>
    app.inject({ url: '/v1/templates', headers: { ...headers, 'x-forwarded-for': client }, remoteAddress: '192.0.2.1' })
  for (let i = 0; i < 10; i++) await call('203.0.113.1', { authorization: 'Bearer lpk_wrong' })
  const wrong = { authorization: 'Bearer lpk_wrong' }
  t.equal((await call('203.0.113.1', wrong)).statusCode, 429)
  t.equal((await call('203.0.113.1', bearer.admin)).statusCode, 200)
  t.equal((await call('203.0.113.2', wrong)).statusCode, 401)
})

t.test('a wall clock that is set back prolongs no wait', async (t) => {
  let now = 0
  const { app, time } = await testApp({ failures: createFailedLogins(() => now) })
  const wrong = async () =>
    (await app.inject({ url: '/v1/templates', headers: { authorization: 'Bearer lpk_wrong' } })).statusCode
  for (let i = 0; i < 10; i++) await wrong()
  t.equal(await wrong(), 429)
  time.advance(-24 * 3600 * 1000)
  now += 59_999
  t.equal(await wrong(), 429)
  now += 1
  t.equal(await wrong(), 401)
})
