import { createHash } from 'node:crypto'
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { auditVerb } from '../../src/verbs/audit.js'
import { backupVerb, restoreVerb } from '../../src/verbs/backup.js'
import type { VerbContext } from '../../src/verbs/context.js'
import { withWriter } from '../../src/verbs/writer.js'
import { createTestDatabase } from '../support/database.js'
import { adminToken, dataFolder, PROGRAM, runVerb, startService } from '../support/service.js'
import { sampleEvent } from '../support/store.js'
import { verbContext } from '../support/verb-context.js'

t.test('a CA moves from the embedded database to another server: same root, same certificates, same tokens', async (t) => {
  const data = dataFolder(t)
  const service = await startService(t, data)
  const token = adminToken(data)
  const headers = { authorization: `Bearer ${token}` }
  const paste = readFileSync(join(PROGRAM, 'examples', 'asa-enroll.txt'))
  const issued = await fetch(`${service.httpUrl}/v1/requests`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'text/plain' },
    body: paste,
  })
  const { certificate } = (await issued.json()) as { certificate: { serial: string; pem: string } }
  const file = join(dataFolder(t), 'lab-pki.backup')
  runVerb(data, ['backup', file])
  await service.stop()

  const server = await createTestDatabase(t)
  const url = `postgres://${server.user}:${encodeURIComponent(server.password)}@localhost:${server.port}/${server.database}?host=${encodeURIComponent(server.host)}`
  const elsewhere = dataFolder(t)
  for (const name of ['keys', 'audit', 'ca-passphrase']) cpSync(join(data, name), join(elsewhere, name), { recursive: true })
  runVerb(elsewhere, ['restore', file], { DATABASE_URL: url })
  t.throws(() => runVerb(elsewhere, ['restore', file], { DATABASE_URL: url }), 'a database that is not empty is left alone')

  const moved = await startService(t, elsewhere, { DATABASE_URL: url })
  t.equal(readFileSync(join(elsewhere, 'root.pem'), 'utf8'), readFileSync(join(data, 'root.pem'), 'utf8'))
  const found = await fetch(`${moved.httpUrl}/v1/certificates/${certificate.serial}?format=pem`, { headers })
  t.equal(await found.text(), certificate.pem)
  const { stderr, stdout } = moved.output()
  t.notMatch(stderr + stdout, server.password)
  await moved.stop()
  t.match(runVerb(elsewhere, ['audit', 'verify'], { DATABASE_URL: url }), /vouched for/)

  // Without its keys the same database starts nothing.
  rmSync(join(elsewhere, 'keys'), { recursive: true })
  const refused = await startService(t, elsewhere, { DATABASE_URL: url }).catch((error: Error) => error)
  t.match(refused, { message: /is not in LAB_PKI_DATA: copy the key file of the server that has it; no second CA is made/ })
})

/** The verbs over databases of their own and one data folder, as an operator has it who puts `audit/` back. */
async function restoreWorld(t: Test) {
  const first = await verbContext(t)
  const { context, time } = first
  const file = join(dataFolder(t), 'lab-pki.backup')
  const write = (on: VerbContext, ...objects: string[]) =>
    withWriter(on, async ({ ledger }) => {
      for (const object of objects) await ledger.commit(sampleEvent(object), { kind: 'none' })
      time.advance(60_000)
      await ledger.tend()
    })
  await write(context, 'before')
  await backupVerb(context, [file])
  await write(context, 'lost', 'lost as well')
  const fresh = await verbContext(t)
  const after: VerbContext = {
    ...fresh.context,
    clock: time.clock,
    random: context.random,
    config: { ...fresh.context.config, data: context.config.data },
  }
  return { file, write, after, printed: fresh.printed, said: fresh.said, database: fresh.database, data: context.config.data }
}

t.test('a restore is an event and a signed line, so that verify tells it from tampering', async (t) => {
  const { file, write, after, printed } = await restoreWorld(t)
  await restoreVerb(after, [file])
  await auditVerb(after, ['verify'])
  t.match(printed, [
    /^NOTE: the database was restored at 2026-03-01T12:02:00\.000Z; 3 events that were signed before were not in the backup$/,
    '3 events, 0 of them behind the last signed head',
    'everything that was written until 2026-03-01T12:02:00.000Z is vouched for',
  ])
  await withWriter(after, async ({ register }) => {
    const { items } = await register.listAudit({ limit: 9 })
    t.match(
      items.find((event) => event.action === 'database.restored'),
      {
        actor: 'restore verb',
        object: 'backup',
        detail: {
          sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
          lastEventAt: '2026-03-01T12:01:00.000Z',
        },
      },
    )
  })
  await write(after, 'later')
  printed.length = 0
  await auditVerb(after, ['verify'])
  t.match(printed, [/^NOTE: /, '5 events, 0 of them behind the last signed head', /12:03:00\.000Z is vouched for$/])
})

t.test('what is cut after a restore is found', async (t) => {
  const { file, after, printed, database } = await restoreWorld(t)
  await restoreVerb(after, [file])
  const client = new pg.Client({ ...database })
  await client.connect()
  await client.query("alter table audit_events disable trigger all; delete from audit_events where object = 'before'")
  await client.end()
  await t.rejects(auditVerb(after, ['verify']), { code: 'audit-unavailable' })
  t.match(printed[1], /^FOUND: writer [0-9a-f]{32}: event 2 stands behind event 0: events are missing or out of order$/)
})

t.test(
  'without the audit key a restore goes on and says what is missing; with a wrong passphrase it does not begin',
  async (t) => {
    const { file, after, said, data } = await restoreWorld(t)
    const wrong = { ...after, config: { ...after.config, caPassphrase: 'wrong' } }
    await t.rejects(restoreVerb(wrong, [file]), { code: 'issuer-unavailable' })
    rmSync(join(data, 'audit'), { recursive: true })
    await restoreVerb(after, [file])
    t.equal(
      said.at(-1),
      `${join(data, 'audit')} has no audit.key, so that no signed head says what was restored: if you have a copy of LAB_PKI_DATA/audit, put it back and restore once more into an empty database`,
    )
    t.notOk(existsSync(join(data, 'audit', 'audit.key')), 'none is made in its place')
  },
)
