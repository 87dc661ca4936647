import t from 'tap'
import { createTokens, newTokenText, TOKEN_SHAPE, tokenHash } from '../../src/ca/tokens.js'
import { CaError } from '../../src/errors.js'
import { fixedClock, seededRandom } from '../support/fixed-world.js'
import { createMemoryStore } from '../support/memory-store.js'

function world() {
  const store = createMemoryStore()
  const time = fixedClock('2027-01-01T00:00:00Z')
  const tokens = createTokens({
    clock: time.clock,
    monotonic: time.monotonic,
    random: seededRandom('tokens'),
    ledger: store.ledger,
    register: store.register,
  })
  return { store, time, tokens }
}

const refusal = {
  code: 'unauthenticated',
  detail: 'send a valid token: `Authorization: Bearer lpk_…` (an admin makes one with POST /v1/tokens)',
}

t.test('a token has 256 random bits behind its prefix', async (t) => {
  const text = newTokenText(seededRandom('x'))
  t.match(text, TOKEN_SHAPE)
  t.equal(Buffer.from(text.slice('lpk_'.length), 'base64url').length, 32)
})

t.test('a created token authenticates as what it was created for, and the store sees its hash only', async (t) => {
  const { store, tokens } = world()
  const { text, token } = await tokens.create('admin', {
    name: 'asa-team',
    role: 'requester',
    templates: ['WebServer'],
    patterns: { dns: ['*.lab.example'] },
  })
  t.same(await tokens.authenticate(text), {
    tokenId: token.id,
    name: 'asa-team',
    role: 'requester',
    templates: ['WebServer'],
    patterns: { dns: ['*.lab.example'] },
    wildcards: false,
  })
  t.ok(await store.register.findTokenByHash(tokenHash(text)))
  t.notMatch(JSON.stringify(store.audit), text, 'the audit does not hold it')
})

t.test('an unknown, a misshapen, an expired and a revoked token get the same answer', async (t) => {
  const { time, tokens } = world()
  await t.rejects(tokens.authenticate('lpk_short'), refusal)
  await t.rejects(tokens.authenticate(newTokenText(seededRandom('other'))), refusal)
  const soon = await tokens.create('admin', { name: 'soon', role: 'auditor', expiresAt: new Date('2027-01-01T00:00:01Z') })
  await tokens.authenticate(soon.text)
  time.advance(1_000)
  await t.rejects(tokens.authenticate(soon.text), refusal, 'expired while it was believed')
  const gone = await tokens.create('admin', { name: 'gone', role: 'auditor' })
  await tokens.authenticate(gone.text)
  await tokens.revoke('admin', gone.token.id)
  await t.rejects(tokens.authenticate(gone.text), refusal, 'revoked here, refused at once')
})

t.test('a token revoked elsewhere is believed for two seconds at the longest', async (t) => {
  const { store, time, tokens } = world()
  const { text, token } = await tokens.create('admin', { name: 'x', role: 'auditor' })
  await tokens.authenticate(text)
  const event = { at: time.clock(), actor: 'x', action: 'token.revoked', object: 'x', detail: {} }
  await store.ledger.commit(event, { kind: 'tokenRevoked', tokenId: token.id, at: time.clock() })
  await tokens.authenticate(text)
  time.advance(2_000)
  await t.rejects(tokens.authenticate(text), refusal)
})

t.test('a wall clock that steps back does not prolong a token that was revoked elsewhere', async (t) => {
  const { store, time, tokens } = world()
  const { text, token } = await tokens.create('admin', { name: 'x', role: 'auditor' })
  await tokens.authenticate(text)
  const event = { at: time.clock(), actor: 'x', action: 'token.revoked', object: 'x', detail: {} }
  await store.ledger.commit(event, { kind: 'tokenRevoked', tokenId: token.id, at: time.clock() })
  time.advance(2_000)
  time.set('2026-12-31T23:00:00Z')
  await t.rejects(tokens.authenticate(text), refusal)
})

t.test('a token cannot end before it begins', async (t) => {
  const { tokens } = world()
  await t.rejects(tokens.create('admin', { name: 'x', role: 'auditor', expiresAt: new Date('2026-12-31T00:00:00Z') }), {
    code: 'body-invalid',
    detail:
      '/expiresAt (2026-12-31T00:00:00.000Z): a token cannot end in the past; give a later moment (RFC 3339, UTC), or leave it out for a token without an end',
  })
})

t.test('what cannot be written was not created', async (t) => {
  const { store, tokens } = world()
  store.failWith = new CaError('audit-unavailable', 'no')
  await t.rejects(tokens.create('admin', { name: 'x', role: 'admin' }), { code: 'audit-unavailable' })
  store.failWith = undefined
  t.same((await store.register.listTokens({ limit: 9 })).items, [])
})

t.test('revoking what is not there says where to look', async (t) => {
  const { tokens } = world()
  await t.rejects(tokens.revoke('admin', 7), { code: 'not-found', detail: 'there is no token 7; GET /v1/tokens lists them' })
})

t.test('a pattern that nothing could match is refused, not stored', async (t) => {
  const { tokens } = world()
  await t.rejects(tokens.create('admin', { name: 'x', role: 'requester', patterns: { dns: ['*lab.example'] } }), {
    code: 'body-invalid',
    errors: [{ pointer: '/patterns/dns/0', value: '*lab.example' }],
  })
})
