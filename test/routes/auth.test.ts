import t from 'tap'
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

t.test('an address with ten wrong tokens has to wait, and nobody else', async (t) => {
  const { app, bearer, time } = await testApp()
  const wrong = { authorization: `Bearer lpk_${'x'.repeat(43)}` }
  const from = (remoteAddress: string, headers: Record<string, string>) =>
    app.inject({ url: '/v1/templates', headers, remoteAddress })
  for (let i = 0; i < 10; i++) t.equal((await from('192.0.2.1', wrong)).statusCode, 401)
  const locked = await from('192.0.2.1', bearer.admin)
  t.equal(locked.statusCode, 429)
  t.equal(locked.headers['retry-after'], '60')
  t.equal(locked.json().detail, '10 wrong tokens came from 192.0.2.1; try again in 60 s with a valid one')
  t.equal((await from('192.0.2.2', bearer.admin)).statusCode, 200, 'another address is served')
  time.advance(60_000)
  t.equal((await from('192.0.2.1', bearer.admin)).statusCode, 200, 'after the wait the address is served again')
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
  t.equal((await call('203.0.113.1', bearer.admin)).statusCode, 429)
  t.equal((await call('203.0.113.2', bearer.admin)).statusCode, 200)
})
