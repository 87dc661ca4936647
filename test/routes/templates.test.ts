import t from 'tap'
import { testApp } from '../support/app.js'

t.test('the templates that are shipped, in words that a caller needs', async (t) => {
  const { app, bearer } = await testApp()
  const { items } = (await app.inject({ url: '/v1/templates', headers: bearer.requester })).json()
  t.same(
    items.map((item: { name: string; default: boolean }) => [item.name, item.default]),
    [
      ['VPNGateway', false],
      ['WebServer', true],
    ],
  )
  t.match(items[1], {
    validityDays: 730,
    keyUsage: { rsa: ['digitalSignature', 'keyEncipherment'], ec: ['digitalSignature'] },
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
    subjectAltNames: ['dns', 'ip'],
  })
})
