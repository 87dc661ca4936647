import { Ajv } from 'ajv'
import t from 'tap'
import { NamePatternsSchema, tokenShape } from '../../src/routes/token-schemas.js'

t.test('patterns have the form that the domain understands', async (t) => {
  const check = new Ajv({ strict: false }).compile(NamePatternsSchema)
  const good = [
    { dns: ['*.lab.example', 'vpn.lab.example', 'asa'] },
    { ip: ['203.0.113.0/24', '2001:db8::/32', '192.0.2.1'] },
    { email: ['*@lab.example', 'a@lab.example'], upn: ['*@lab'] },
    { dns: [] },
    { dns: ['*'], ip: ['0.0.0.0/0', '::/0'] },
  ]
  const bad = [
    { dns: ['vpn.*.example'] },
    { dns: ['**'] },
    { dns: [''] },
    { ip: ['any'] },
    { email: ['lab.example'] },
    { uri: ['x'] },
  ]
  for (const patterns of good) t.ok(check(patterns), JSON.stringify(patterns))
  for (const patterns of bad) t.notOk(check(patterns), JSON.stringify(patterns))
})

t.test('a token on the wire has no hash', async (t) => {
  const record = {
    id: 1,
    name: 'n',
    role: 'requester',
    patterns: { dns: ['*.lab'], ip: [] },
    templates: ['WebServer'],
    wildcards: false,
    createdAt: new Date('2027-01-01T00:00:00Z'),
    expiresAt: new Date('2028-01-01T00:00:00Z'),
    hash: Buffer.alloc(32),
  } as const
  t.same(tokenShape(record), {
    id: 1,
    name: 'n',
    role: 'requester',
    templates: ['WebServer'],
    patterns: { dns: ['*.lab'], ip: [] },
    wildcards: false,
    createdAt: '2027-01-01T00:00:00Z',
    expiresAt: '2028-01-01T00:00:00Z',
  })
})
