import t from 'tap'
import { connect } from '../../src/store/pool.js'
import { createRegister } from '../../src/store/register.js'
import { createPassableFolder } from '../support/database.js'
import { NOW, octets, openTestStore } from '../support/store.js'

t.test('an empty database answers every question', async (t) => {
  const { pool } = await openTestStore(t)
  const register = createRegister(pool)
  await register.ping(1_000)
  await register.touchToken(1, NOW)
  t.same(
    await Promise.all([
      register.listIssuers(),
      register.findTokenByHash(octets('x')),
      register.findToken(1),
      register.listTokens({ limit: 10 }),
      register.findRequest(1),
      register.listRequests({}, { limit: 10 }),
      register.findCertificate('4a'),
      register.findCertificates(['4a']),
      register.listCertificates({ now: NOW }, { limit: 10 }),
      register.findReplay(1, 'k', NOW),
      register.findBlockedKey(octets('x')),
      register.latestCrl(1),
      register.listAudit({ limit: 10 }),
    ]),
    [
      [],
      undefined,
      undefined,
      { items: [] },
      undefined,
      { items: [] },
      undefined,
      [],
      { items: [] },
      undefined,
      undefined,
      undefined,
      { items: [] },
    ],
  )
})

t.test('a database that is away is database-unavailable, also for ping', async (t) => {
  const { pool } = connect({ host: await createPassableFolder(t), port: 5432, user: 'x', database: 'x' }, () => {})
  t.teardown(() => pool.end())
  const register = createRegister(pool)
  await t.rejects(register.ping(1_000), { code: 'database-unavailable' })
  await t.rejects(register.listIssuers(), { code: 'database-unavailable' })
})

t.test('ping waits no longer than it is told', async (t) => {
  const { pool } = await openTestStore(t)
  const clients = await Promise.all(Array.from({ length: 10 }, () => pool.connect()))
  t.teardown(() => {
    for (const client of clients) client.release()
  })
  await t.rejects(createRegister(pool).ping(20), {
    code: 'database-unavailable',
    detail: 'the database did not answer within 20 ms',
  })
})
