import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { createTokens, TOKEN_SHAPE } from '../../src/ca/tokens.js'
import { CaError } from '../../src/errors.js'
import { openDataFolder } from '../../src/service/data-folder.js'
import { openAdminToken, openServiceCaller } from '../../src/service/first-tokens.js'
import { fixedClock, seededRandom } from '../support/fixed-world.js'
import { createMemoryStore } from '../support/memory-store.js'
import { dataFolder } from '../support/service.js'

const GIVEN = `lpk_${'g'.repeat(43)}`
const VARIABLE = { variable: 'LAB_PKI_ADMIN_TOKEN' }
const KEPT = { kept: 'kept by you; `npm start -- token create --role admin` makes another one' }

async function world(t: Test) {
  const store = createMemoryStore()
  const { clock, monotonic } = fixedClock('2027-03-01T12:00:00Z')
  const random = seededRandom('first tokens')
  const { register, ledger } = store
  const tokens = createTokens({ clock, monotonic, random, ledger, register })
  const folder = await openDataFolder(dataFolder(t), process.getuid?.())
  return {
    store,
    tokens,
    folder,
    inFile: () => readFileSync(folder.adminToken, 'utf8').trim(),
    count: async () => (await register.listTokens({ limit: 9 })).items.length,
    openAdmin: (given?: string) => openAdminToken({ folder, given, register, tokens, random }),
    openSelf: () => openServiceCaller({ register, ledger, clock, template: 'WebServer' }),
  }
}

t.test('the first start makes an admin token in a file that only its owner reads, the second one none', async (t) => {
  const { openAdmin, folder, inFile, tokens, count, store } = await world(t)
  t.same(await openAdmin(), { file: folder.adminToken })
  t.match(inFile(), TOKEN_SHAPE)
  t.equal(statSync(folder.adminToken).mode & 0o777, 0o600)
  t.match(await tokens.authenticate(inFile()), { name: 'admin', role: 'admin' })
  t.match(store.audit, [{ actor: 'system', action: 'token.created', object: 'admin', detail: { role: 'admin' } }])
  const text = inFile()
  t.same(await openAdmin(), { file: folder.adminToken })
  t.equal(inFile(), text)
  t.equal(await count(), 1)
})

t.test('a crash between file and row: the same text is registered by the next start', async (t) => {
  const { openAdmin, inFile, tokens, store } = await world(t)
  store.failWith = new CaError('database-unavailable', 'gone')
  await t.rejects(openAdmin(), { code: 'database-unavailable', detail: 'gone' })
  const text = inFile()
  store.failWith = undefined
  await openAdmin()
  t.equal(inFile(), text)
  t.equal((await tokens.authenticate(text)).role, 'admin')
})

t.test('a file that holds no token is replaced at the first start', async (t) => {
  const { openAdmin, inFile, folder } = await world(t)
  writeFileSync(folder.adminToken, 'my password\n')
  await openAdmin()
  t.match(inFile(), TOKEN_SHAPE)
})

t.test('a token that was set is the first one, and no file is written', async (t) => {
  const { openAdmin, tokens, folder } = await world(t)
  t.same(await openAdmin(GIVEN), VARIABLE)
  t.throws(() => statSync(folder.adminToken), { code: 'ENOENT' })
  t.equal((await tokens.authenticate(GIVEN)).name, 'admin')
  t.same(await openAdmin(GIVEN), VARIABLE)
  t.same(await openAdmin(), KEPT, 'without the setting nobody but the person knows it')
})

t.test('a token that is set later is not one, and is not named as if it were', async (t) => {
  const { openAdmin, tokens, folder, count } = await world(t)
  await openAdmin()
  t.same(await openAdmin(GIVEN), { file: folder.adminToken })
  await t.rejects(tokens.authenticate(GIVEN), { code: 'unauthenticated' })
  t.equal(await count(), 1)
})

t.test('the file may be deleted; a file of another database or with a revoked token is not named', async (t) => {
  const { openAdmin, tokens, folder, inFile, count } = await world(t)
  await openAdmin()
  const text = inFile()
  rmSync(folder.adminToken)
  t.same(await openAdmin(), KEPT)
  t.equal(await count(), 1)
  writeFileSync(folder.adminToken, `lpk_${'o'.repeat(43)}\n`)
  t.same(await openAdmin(), KEPT, 'another database’s')
  writeFileSync(folder.adminToken, `${text}\n`)
  t.same(await openAdmin(), { file: folder.adminToken })
  await tokens.revoke('admin', (await tokens.authenticate(text)).tokenId)
  t.same(await openAdmin(), KEPT, 'revoked')
})

t.test('the service calls itself by a token that is made once and that nobody can present', async (t) => {
  const { openSelf, store, count } = await world(t)
  const self = await openSelf()
  t.same(self, { tokenId: 1, name: 'lab-pki', role: 'requester', templates: ['WebServer'], patterns: {}, wildcards: false })
  t.same(await openSelf(), self)
  t.equal(await count(), 1)
  const row = await store.register.findToken(1)
  t.same(row?.expiresAt, row?.createdAt, 'it has ended when it begins')
  t.match(store.audit, [{ actor: 'system', action: 'token.created', object: 'lab-pki', detail: { role: 'requester' } }])
})

t.test(
  'the service’s own token does not stand for an admin’s, and a person’s of the same name is not the service’s',
  async (t) => {
    const { openSelf, openAdmin, tokens, folder, count } = await world(t)
    await openSelf()
    t.same(await openAdmin(), { file: folder.adminToken }, 'made beside it')
    t.equal(await count(), 2)

    const other = await world(t)
    await other.tokens.create('system', { name: 'lab-pki', role: 'admin' }, GIVEN)
    t.same(await other.openAdmin(), KEPT)
    t.equal(await other.count(), 1)
    t.equal((await tokens.create('admin', { name: 'lab-pki', role: 'admin' })).token.id, 3)
    t.same(await openAdmin(), { file: folder.adminToken })
    t.equal(await count(), 3)
  },
)

t.test('of several first starts over one data folder each gets the token of the one file', async (t) => {
  const at = await world(t)
  const starts = await Promise.all(
    Array.from({ length: 8 }, async (_, n) => {
      const { register, ledger } = createMemoryStore()
      const { clock, monotonic } = fixedClock('2027-03-01T12:00:00Z')
      const random = seededRandom(`start ${n}`)
      const tokens = createTokens({ clock, monotonic, random, ledger, register })
      await openAdminToken({ folder: at.folder, given: undefined, register, tokens, random })
      return tokens
    }),
  )
  for (const tokens of starts) t.match(await tokens.authenticate(at.inFile()), { name: 'admin', role: 'admin' })
})
