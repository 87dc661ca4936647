import t from 'tap'
import { checkNamePatterns, hasPatterns, isPermitted, type PatternType } from '../../src/ca/name-pattern.js'

const cases: readonly [type: PatternType, pattern: string, value: string, permitted: boolean][] = [
  ['dns', 'vpn.lab.example', 'vpn.lab.example', true],
  ['dns', 'vpn.lab.example', 'VPN.Lab.Example', true],
  ['dns', 'VPN.lab.example', 'vpn.lab.example', true],
  ['dns', 'vpn.lab.example', 'xvpn.lab.example', false],
  ['dns', 'vpn.lab.example', 'a.vpn.lab.example', false],
  ['dns', '*.lab.example', 'vpn.lab.example', true],
  ['dns', '*.lab.example', 'a.b.lab.example', true],
  ['dns', '*.lab.example', 'lab.example', false],
  ['dns', '*.lab.example', 'evillab.example', false],
  ['dns', '*.lab.example', '.lab.example', false],
  ['dns', '*.lab.example', 'vpn.lab.example.evil.example', false],
  ['dns', '*.lab.example', '*.lab.example', true],
  ['dns', '*.lab.example', '*.a.lab.example', true],
  ['dns', 'vpn.lab.example', '*.lab.example', false],
  ['dns', '*', 'vpn.lab.example', true],
  ['dns', '*', 'Manual', true],
  ['dns', '*', '*.lab.example', true],
  ['dns', '*', '*', false],
  ['dns', '*', '10.0.0.1', false],
  ['dns', '*', 'some text', false],
  ['dns', 'vpn*.lab.example', 'vpn1.lab.example', false],
  ['dns', '', '', false],
  ['ip', '203.0.113.1', '203.0.113.1', true],
  ['ip', '203.0.113.1', '203.0.113.2', false],
  ['ip', '203.0.113.0/24', '203.0.113.255', true],
  ['ip', '203.0.113.0/24', '203.0.114.0', false],
  ['ip', '203.0.113.77/24', '203.0.113.1', true],
  ['ip', '203.0.113.128/25', '203.0.113.127', false],
  ['ip', '203.0.113.128/25', '203.0.113.128', true],
  ['ip', '10.0.0.0/9', '10.127.1.1', true],
  ['ip', '10.0.0.0/9', '10.128.1.1', false],
  ['ip', '0.0.0.0/0', '198.51.100.9', true],
  ['ip', '0.0.0.0/0', '2001:db8::1', false],
  ['ip', '203.0.113.1/32', '203.0.113.1', true],
  ['ip', '203.0.113.1/33', '203.0.113.1', false],
  ['ip', '2001:db8::/32', '2001:db8:ffff::1', true],
  ['ip', '2001:db8::/32', '2001:db9::1', false],
  ['ip', '2001:DB8:0:0::1', '2001:db8::1', true],
  ['ip', '::/0', '203.0.113.1', false],
  ['ip', '::/0', '2001:db8::1', true],
  ['ip', '::/0', '::ffff:203.0.113.1', true],
  ['ip', '::ffff:203.0.113.0/120', '203.0.113.1', false],
  ['ip', '203.0.113.1', 'vpn.lab.example', false],
  ['email', 'admin@lab.example', 'Admin@Lab.Example', true],
  ['email', 'admin@lab.example', 'root@lab.example', false],
  ['email', '*@lab.example', 'root@lab.example', true],
  ['email', '*@lab.example', 'root@a.lab.example', false],
  ['email', '*@lab.example', '@lab.example', false],
  ['email', '*@lab.example', 'root', false],
  ['email', '*@lab.example', 'x@evil.example@lab.example', false],
  ['email', '*@lab.example', 'www.evil.example x@lab.example', false],
  ['email', '*', 'root@lab.example', false],
  ['upn', '*@lab.local', 'ASA$@lab.local', true],
  ['upn', '*@lab.local', 'asa@lab.locale', false],
]

t.test('patterns permit exactly what their rules say', async (t) => {
  for (const [type, pattern, value, permitted] of cases) {
    t.equal(
      isPermitted(type, value, { [type]: [pattern] }),
      permitted,
      `${type} ${pattern} ${permitted ? 'takes' : 'does not take'} ${value}`,
    )
  }
})

t.test('one matching pattern of a list is enough; an empty list permits none', async (t) => {
  t.equal(isPermitted('dns', 'b.example', { dns: ['a.example', 'b.example'] }), true)
  t.equal(isPermitted('dns', 'b.example', { dns: [] }), false)
})

t.test('without any list every name is permitted; beside another list a missing one is empty', async (t) => {
  const values = { dns: 'b.example', ip: '8.8.8.8', email: 'a@b.example', upn: 'a@b.example' } as const
  for (const type of ['dns', 'ip', 'email', 'upn'] as const) {
    t.equal(isPermitted(type, values[type], {}), true)
    for (const listed of ['dns', 'ip', 'email', 'upn'] as const)
      if (listed !== type) t.equal(isPermitted(type, values[type], { [listed]: ['*'] }), false, `${type} beside ${listed}`)
  }
})

t.test('a caller has patterns when any list is set, an empty one too', async (t) => {
  t.equal(hasPatterns({}), false)
  for (const type of ['dns', 'ip', 'email', 'upn'] as const) t.equal(hasPatterns({ [type]: [] }), true)
})

t.test('a pattern that could never match is refused before it is stored', async (t) => {
  t.doesNotThrow(() =>
    checkNamePatterns({
      dns: ['Manual', '*.lab.example', '*'],
      ip: ['10.0.0.0/8', '2001:db8::1', '0.0.0.0/0', '::/0'],
      email: ['*@lab.example'],
      upn: ['a@b'],
    }),
  )
  t.throws(() => checkNamePatterns({ dns: ['ok.example', 'vpn*.lab.example'] }), {
    code: 'body-invalid',
    detail:
      '/patterns/dns/1 (vpn*.lab.example): is no DNS name, no `*.` with a DNS name and no `*`; write vpn.lab.example, *.lab.example for every name below, or * for any name',
  })
  t.throws(() => checkNamePatterns({ ip: ['203.0.113.0/33'] }), {
    code: 'body-invalid',
    detail:
      '/patterns/ip/0 (203.0.113.0/33): is no address and no CIDR block; write 203.0.113.1, 203.0.113.0/24 or 2001:db8::/32',
  })
  for (const type of ['email', 'upn'] as const) {
    t.throws(() => checkNamePatterns({ [type]: ['lab.example'] }), {
      code: 'body-invalid',
      detail: `/patterns/${type}/0 (lab.example): is no address and no \`*@domain\`; write admin@lab.example or *@lab.example`,
    })
  }
})
