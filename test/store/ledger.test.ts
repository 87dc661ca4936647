import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { verifyChains } from '../../src/ca/audit-chain.js'
import { readAuditTrail } from '../../src/store/audit.js'
import { createLedger } from '../../src/store/ledger.js'
import { loadMigrations, migrate } from '../../src/store/migrate.js'
import { connect, openClient } from '../../src/store/pool.js'
import { createRegister } from '../../src/store/register.js'
import { createPassableFolder, createTestServer, MIGRATIONS, type TestDatabase } from '../support/database.js'
import {
  NOW,
  octets,
  openTestStore,
  sampleEvent,
  sampleIssuance,
  sampleToken,
  seed,
  serialOf,
  type TestStore,
} from '../support/store.js'

/** The trail's findings, and how many events each writer has. */
async function audit({ pool }: TestStore) {
  const findings: string[] = []
  const chains = await verifyChains(
    readAuditTrail(pool),
    (finding) => findings.push(finding),
    () => {},
  )
  return { findings, lengths: Object.fromEntries([...chains].map(([writer, { head }]) => [writer, head.sequence])) }
}

const count = async ({ pool }: TestStore, table: 'certificates' | 'requests' | 'audit_events') =>
  (await pool.query<{ n: number }>(`select count(*) n from ${table}`)).rows[0]?.n

t.test('what a commit says is what is stored', async (t) => {
  const store = await openTestStore(t)
  const ledger = await store.openLedger('w')
  const ids = await seed(ledger)
  t.same(ids, { tokenId: 1, issuerId: 1 })
  const register = createRegister(store.pool)
  const id = await ledger.commit(sampleEvent(serialOf(1), { subject: 'CN=vpn1.lab.example' }), sampleIssuance(1, ids))
  t.match(await register.findCertificate(serialOf(1)), { id, serial: serialOf(1), state: 'valid', requestId: 1 })
  t.match(await register.findRequest(1), { id: 1, status: 'issued', serial: serialOf(1) })
  t.match(ledger.heads(), [{ writer: 'w', sequence: 3 }])
  t.same(await audit(store), { findings: [], lengths: { w: 3 } })
})

t.test('200 commits at once form one unbroken chain, and so do two ledgers at once', async (t) => {
  const store = await openTestStore(t)
  const [one, two] = [await store.openLedger('one'), await store.openLedger('two')]
  const ids = await seed(one)
  const numbers = Array.from({ length: 200 }, (_, n) => n + 1)
  const created = await Promise.all(
    numbers.map((n) =>
      n % 3 === 0
        ? two.commit(sampleEvent(`refusal ${n}`), { kind: 'none' })
        : one.commit(sampleEvent(serialOf(n)), sampleIssuance(n, ids)),
    ),
  )
  t.same(await audit(store), { findings: [], lengths: { one: 136, two: 66 } })
  t.equal(await count(store, 'certificates'), 134)
  const { rows } = await store.pool.query<{ id: number; n: number }>('select id, request_id n from certificates order by id')
  t.same(
    rows.map(({ n }) => created[n - 1]),
    rows.map(({ id }) => id),
    'every id is that of its certificate',
  )
  t.same(one.heads(), [{ ...one.heads()[0], writer: 'one', sequence: 136 }])
})

t.test('one conflict in a batch is the answer to its own change only', async (t) => {
  const store = await openTestStore(t)
  const ledger = await store.openLedger('w')
  const ids = await seed(ledger)
  await ledger.commit(sampleEvent(serialOf(1)), sampleIssuance(1, ids))
  const results = await Promise.allSettled([
    ledger.commit(sampleEvent(serialOf(2)), sampleIssuance(2, ids)),
    ledger.commit(sampleEvent(serialOf(1)), sampleIssuance(3, ids, { serial: serialOf(1) })),
    ledger.commit(sampleEvent(serialOf(4)), sampleIssuance(4, ids)),
    ledger.commit(sampleEvent('comment'), {
      ...sampleIssuance(5, ids),
      request: { ...sampleIssuance(5, ids).request, comment: 'a\0b' },
    }),
  ])
  t.same(
    results.map((result) => (result.status === 'rejected' ? result.reason.code : 'done')),
    ['done', 'serial-conflict', 'done', 'body-invalid'],
  )
  t.equal(await count(store, 'requests'), 3, 'nothing is left of the refused ones')
  t.same(await audit(store), { findings: [], lengths: { w: 5 } })
})

t.test('a key is answered once in a day; the second answer is refused with its whole issuance', async (t) => {
  const store = await openTestStore(t)
  const ledger = await store.openLedger('w')
  const ids = await seed(ledger)
  const withReplay = (n: number, createdAt: Date) => ({
    ...sampleIssuance(n, ids),
    replay: {
      tokenId: ids.tokenId,
      key: 'k-1',
      requestSha256: octets('body'),
      status: 201,
      contentType: 'application/json',
      body: Buffer.from(`{"n":${n}}`),
      createdAt,
    },
  })
  const dayBefore = new Date(NOW.getTime() - 24 * 3_600_000 - 1)
  await ledger.commit(sampleEvent('1'), withReplay(1, dayBefore))
  await ledger.commit(sampleEvent('2'), withReplay(2, NOW))
  await t.rejects(ledger.commit(sampleEvent('3'), withReplay(3, NOW)), {
    code: 'idempotency-key-reused',
    detail: 'Idempotency-Key: this key has an answer already; fetch that answer, or send another key',
  })
  const register = createRegister(store.pool)
  t.match(await register.findReplay(ids.tokenId, 'k-1', NOW), { status: 201, body: Buffer.from('{"n":2}') })
  t.equal(await register.findCertificate(serialOf(3)), undefined)
  t.same(await audit(store), { findings: [], lengths: { w: 4 } })
})

t.test('an idle connection that was lost is opened again unseen', async (t) => {
  const store = await openTestStore(t)
  const ledger = await store.openLedger('w')
  await ledger.commit(sampleEvent('1'), { kind: 'none' })
  await killLedgerConnections(store)
  await ledger.commit(sampleEvent('2'), { kind: 'none' })
  t.same(await audit(store), { findings: [], lengths: { w: 2 } })
})

t.test('connections killed under load lose nothing that was answered and write nothing twice', async (t) => {
  const store = await openTestStore(t)
  const ledger = await store.openLedger('w')
  const ids = await seed(ledger)
  let next = 0
  let running = true
  const resolved: number[] = []
  const rejected: string[] = []
  const worker = async () => {
    while (running) {
      const n = ++next
      const outcome = ledger.commit(sampleEvent(serialOf(n)), sampleIssuance(n, ids))
      await outcome.then(
        () => resolved.push(n),
        (error) => rejected.push(error.code),
      )
    }
  }
  const workers = Array.from({ length: 24 }, worker)
  for (let kills = 0; kills < 12; kills++) {
    const goal = resolved.length + 20
    while (resolved.length < goal) await new Promise((resolve) => setImmediate(resolve))
    await killLedgerConnections(store)
  }
  running = false
  await Promise.all(workers)
  const { rows } = await store.pool.query<{ n: number }>('select request_id n from certificates')
  const stored = new Set(rows.map(({ n }) => n))
  t.same(
    resolved.filter((n) => !stored.has(n)),
    [],
    'resolved means present',
  )
  t.equal(rows.length, stored.size)
  t.same(
    [...new Set(rejected)].filter((code) => code !== 'database-unavailable'),
    [],
  )
  const { findings, lengths } = await audit(store)
  t.same(findings, [])
  t.equal(lengths.w, rows.length + 2, 'one event for each change')
  t.ok(store.log.some((line) => line === 'warn the ledger lost the database under way'))
})

t.test('a connection killed while its statement waits for a lock writes it once', async (t) => {
  const store = await openTestStore(t)
  const ledger = await store.openLedger('w')
  const blocker = await openClient(store.pool, {})
  t.teardown(() => blocker.end())
  await blocker.query('begin; lock table tokens in exclusive mode')
  const token = ledger.commit(sampleEvent('t'), { kind: 'tokenCreated', token: sampleToken('t') })
  await untilWaiting(store, 'insert into tokens')
  await killLedgerConnections(store)
  await blocker.query('rollback')
  t.equal(await token, (await createRegister(store.pool).findTokenByHash(octets('token t')))?.id)
  t.same(await audit(store), { findings: [], lengths: { w: 1 } })
})

t.test('whichever answer of the server is lost, the change is made once and its id is given', async (t) => {
  const store = await openTestStore(t)
  const proxy = await startProxy(t, store.database)
  const { pool } = connect({ ...store.database, host: proxy.folder, port: PROXY_PORT }, () => {})
  t.teardown(() => pool.end())
  const ledger = await createLedger({ pool, writer: WRITER, clock: () => NOW, log: () => {} })
  t.teardown(() => ledger.close())
  const ids = await seed(ledger)
  const register = createRegister(store.pool)
  proxy.loseAnswer(1)
  const certificateId = await ledger.commit(sampleEvent(serialOf(1)), sampleIssuance(1, ids))
  t.equal((await register.findCertificate(serialOf(1)))?.id, certificateId, 'of the one statement of a batch')
  for (const answer of [1, 2, 3, 4]) {
    const name = `token ${answer}`
    proxy.loseAnswer(answer)
    const id = await ledger.commit(sampleEvent(name), { kind: 'tokenCreated', token: sampleToken(name) })
    t.equal((await register.findTokenByHash(octets(`token ${name}`)))?.id, id, `answer ${answer} of a transaction`)
  }
  t.equal(proxy.lost(), 5)
  t.same(await audit(store), { findings: [], lengths: { w: 7 } })
})

t.test('without a database a call is answered within two seconds, and after its return all goes on', async (t) => {
  const server = await createTestServer(t)
  const { pool } = connect(server.config, () => {})
  t.teardown(() => pool.end())
  await migrate(pool, await loadMigrations(MIGRATIONS))
  const ledger = await createLedger({ pool, writer: WRITER, clock: () => NOW, log: () => {} })
  t.teardown(() => ledger.close())
  await ledger.commit(sampleEvent('before'), { kind: 'none' })
  const blocker = await openClient(pool, {})
  t.teardown(() => blocker.end().catch(() => {}))
  await blocker.query('begin; lock table audit_events in access exclusive mode')
  const start = performance.now()
  await t.rejects(ledger.commit(sampleEvent('away'), { kind: 'none' }), {
    code: 'database-unavailable',
    detail: 'the database did not answer in time, and the change may or may not have been made; try again in a few seconds',
    retryAfterSeconds: 2,
  })
  t.ok(performance.now() - start < 2_000)
  if (server.pid !== undefined) process.kill(server.pid, 'SIGKILL')
  const again = async (): Promise<number> => {
    try {
      return await ledger.commit(sampleEvent('after'), { kind: 'none' })
    } catch {
      return again()
    }
  }
  t.equal(await again(), 0)
  t.same((await pool.query('select sequence, object from audit_events order by sequence')).rows, [
    { sequence: 1, object: 'before' },
    { sequence: 2, object: 'after' },
  ])
})

t.test('nothing is issued when its audit event cannot be written', async (t) => {
  const store = await openTestStore(t)
  const ledger = await store.openLedger('w')
  const ids = await seed(ledger)
  await store.pool.query('alter table audit_events add constraint audit_events_full check (sequence < 3)')
  await t.rejects(ledger.commit(sampleEvent(serialOf(1)), sampleIssuance(1, ids)), {
    code: 'audit-unavailable',
    detail: 'the audit event cannot be written, so nothing was done; tell the administrator',
  })
  t.equal(await count(store, 'certificates'), 0)
})

t.test('a database that lost events that were durable is not written to any more', async (t) => {
  const store = await openTestStore(t)
  const ledger = await store.openLedger('w')
  await ledger.commit(sampleEvent('1'), { kind: 'none' })
  await ledger.commit(sampleEvent('2'), { kind: 'none' })
  await store.pool.query('alter table audit_events disable trigger audit_events_append_only')
  await store.pool.query('delete from audit_events where sequence = 2')
  await killLedgerConnections(store)
  const refused = {
    code: 'audit-unavailable',
    detail:
      'the audit trail should end at event 2 and ends at event 1: the database lost or changed what was durable; verify the trail, then restart the service',
  }
  await t.rejects(ledger.commit(sampleEvent('3'), { kind: 'none' }), refused)
  await t.rejects(ledger.commit(sampleEvent('4'), { kind: 'none' }), refused)
  t.equal(await count(store, 'audit_events'), 1)
})

t.test('a closed ledger has written what waited and takes nothing more', async (t) => {
  const store = await openTestStore(t)
  const ledger = await store.openLedger('w')
  const waiting = [1, 2, 3].map((n) => ledger.commit(sampleEvent(String(n)), { kind: 'none' }))
  await ledger.close()
  t.same(await Promise.all(waiting), [0, 0, 0])
  await t.rejects(ledger.commit(sampleEvent('4'), { kind: 'none' }), {
    code: 'database-unavailable',
    detail: 'the service is shutting down; try again in a few seconds',
  })
  t.same(await audit(store), { findings: [], lengths: { w: 3 } })
})

const WRITER = { id: 'w', startedAt: NOW, host: 'asa-lab', pid: 4711 }
const PROXY_PORT = 5432

/** Stands between the ledger and the server, and can swallow the n-th answer from now and cut the connection. */
async function startProxy(t: Test, { host, port }: TestDatabase) {
  const folder = await createPassableFolder(t)
  let lost = 0
  let left = 0
  const proxy = createServer((client) => {
    const server = host.startsWith('/') ? createConnection(join(host, `.s.PGSQL.${port}`)) : createConnection(port, host)
    const cut = () => {
      client.destroy()
      server.destroy()
    }
    client.on('data', (octets) => server.write(octets))
    server.on('data', (octets) => {
      if (left > 0 && --left === 0) {
        lost += 1
        cut()
      } else client.write(octets)
    })
    for (const socket of [client, server]) socket.on('close', cut).on('error', cut)
  })
  proxy.listen(join(folder, `.s.PGSQL.${PROXY_PORT}`))
  await once(proxy, 'listening')
  t.teardown(() => proxy.close())
  const loseAnswer = (nth: number) => {
    left = nth
  }
  return { folder, lost: () => lost, loseAnswer }
}

async function killLedgerConnections({ pool }: TestStore): Promise<void> {
  await pool.query(`select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory' and objsubid = 1
    and database = (select oid from pg_database where datname = current_database())`)
}

/** Until a connection of this database waits for a lock with such a statement. */
async function untilWaiting({ pool }: TestStore, statement: string): Promise<void> {
  const text = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like $1`
  while ((await pool.query(text, [`%${statement}%`])).rowCount === 0) await new Promise((resolve) => setImmediate(resolve))
}
