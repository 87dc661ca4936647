import t, { type Test } from 'tap'
import type { NewToken } from '../../src/ca/ports.js'
import { findToken, findTokenByHash, listTokens, touchToken } from '../../src/store/tokens.js'
import { daysFromNow, NOW, octets, openTestStore, sampleEvent, sampleToken } from '../support/store.js'

async function tokens(t: Test) {
  const store = await openTestStore(t)
  const ledger = await store.openLedger('w')
  const create = (name: string, overrides: Partial<NewToken> = {}) =>
    ledger.commit(sampleEvent(name), { kind: 'tokenCreated', token: sampleToken(name, overrides) })
  const revoke = (tokenId: number, at = NOW) => ledger.commit(sampleEvent(String(tokenId)), { kind: 'tokenRevoked', tokenId, at })
  return { ...store, ledger, create, revoke }
}

t.test('a token is found by its hash and its id, with all that it may do and never its hash', async (t) => {
  const { pool, create } = await tokens(t)
  const limited = {
    role: 'requester',
    templates: ['WebServer'],
    patterns: { dns: ['*.lab.example'], ip: [] },
    wildcards: true,
    expiresAt: daysFromNow(30),
  } as const
  const id = await create('vpn', limited)
  const expected = { id, name: 'vpn', ...limited, createdAt: NOW }
  t.same(await findTokenByHash(pool, octets('token vpn')), expected)
  t.same(await findToken(pool, id), expected)
  t.equal(await findTokenByHash(pool, octets('token other')), undefined)
  t.equal(await findToken(pool, 99), undefined)
  const plain = await create('plain')
  t.same(await findToken(pool, plain), {
    id: plain,
    name: 'plain',
    role: 'admin',
    patterns: {},
    wildcards: false,
    createdAt: NOW,
  })
})

t.test('tokens are listed newest first, in pages', async (t) => {
  const { pool, create } = await tokens(t)
  for (const name of ['a', 'b', 'c']) await create(name)
  const first = await listTokens(pool, { limit: 2 })
  t.same(
    first.items.map((token) => token.name),
    ['c', 'b'],
  )
  const second = await listTokens(pool, { limit: 2, ...(first.nextCursor ? { cursor: first.nextCursor } : {}) })
  t.match(second, { items: [{ name: 'a' }], nextCursor: undefined })
})

t.test('the last use moves forward only', async (t) => {
  const { pool, create } = await tokens(t)
  const id = await create('a')
  await touchToken(pool, id, daysFromNow(1))
  await touchToken(pool, id, NOW)
  t.same((await findToken(pool, id))?.lastUsedAt, daysFromNow(1))
})

t.test('a token is revoked once', async (t) => {
  const { pool, ledger, create, revoke } = await tokens(t)
  const [, other] = [await create('a'), await create('b')]
  await revoke(other)
  t.same((await findToken(pool, other))?.revokedAt, NOW)
  const refused = {
    code: 'not-found',
    detail: `there is no token ${other} that is not revoked already; list them with GET /v1/tokens`,
  }
  await t.rejects(revoke(other, daysFromNow(1)), refused)
  await t.rejects(revoke(99), { code: 'not-found' })
  t.match(ledger.heads(), [{ sequence: 3 }], 'a refusal leaves no event')
})

t.test('the last usable admin token stays', async (t) => {
  const { create, revoke } = await tokens(t)
  const admin = await create('admin')
  await create('expired', { expiresAt: daysFromNow(-1) })
  await create('officer', { role: 'officer' })
  const refused = {
    code: 'token-last-admin',
    detail: `token ${admin} is the last one with the role admin; create another admin token first`,
  }
  await t.rejects(revoke(admin), refused)
  const second = await create('second', { expiresAt: daysFromNow(1) })
  await revoke(admin)
  await t.rejects(revoke(second), { code: 'token-last-admin' })
})

t.test('an expired admin token and one of another role can always be revoked', async (t) => {
  const { create, revoke } = await tokens(t)
  await create('admin')
  const others = [await create('expired', { expiresAt: daysFromNow(-1) }), await create('officer', { role: 'officer' })]
  for (const id of others) t.equal(await revoke(id), 0)
})

t.test('two ledgers that revoke the last two admin tokens at once leave one', async (t) => {
  const { pool, openLedger, create } = await tokens(t)
  for (let round = 0; round < 5; round++) {
    await pool.query('update tokens set revoked_at = $1 where revoked_at is null', [NOW])
    const ids = [await create(`a${round}`), await create(`b${round}`)]
    const ledgers = [await openLedger(`one ${round}`), await openLedger(`two ${round}`)]
    const results = await Promise.allSettled(
      ledgers.map((ledger, index) =>
        ledger.commit(sampleEvent('x'), { kind: 'tokenRevoked', tokenId: ids[index] ?? 0, at: NOW }),
      ),
    )
    t.same(results.map((result) => result.status).sort(), ['fulfilled', 'rejected'], `round ${round}`)
  }
})

t.test('what a token may do is fixed, and a revoked one stays revoked', async (t) => {
  const { pool, create, revoke } = await tokens(t)
  await create('a')
  const id = await create('b')
  await revoke(id)
  const refused = { message: 'a token is fixed once made, and a revoked one stays revoked' }
  await t.rejects(pool.query(`update tokens set role = 'admin'`), refused)
  await t.rejects(pool.query(`update tokens set revoked_at = null where id = $1`, [id]), refused)
})
