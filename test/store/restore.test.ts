import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { verifyChains } from '../../src/ca/audit-chain.js'
import { readAuditTrail } from '../../src/store/audit.js'
import { BACKUP_TABLES, backup } from '../../src/store/backup.js'
import { createRegister } from '../../src/store/register.js'
import { restore } from '../../src/store/restore.js'
import {
  daysFromNow,
  NOW,
  octets,
  openTestStore,
  sampleEvent,
  sampleIssuance,
  seed,
  serialOf,
  type TestStore,
} from '../support/store.js'

/** A store with something in every table, and its backup. */
async function backedUp(t: Test) {
  const store = await openTestStore(t)
  const ledger = await store.openLedger('w')
  const ids = await seed(ledger)
  const replay = {
    tokenId: ids.tokenId,
    key: 'k',
    requestSha256: octets('body'),
    status: 201,
    contentType: 'text/plain',
    body: Buffer.from('\\.\n\t\\N\0\xff', 'latin1'),
    createdAt: NOW,
  }
  const issuance = sampleIssuance(1, ids, { subject: 'CN=a\\,"b"\u2028ü', subjectAltNames: ['dns:a,b', 'upn:"x\\'] })
  const request = {
    ...issuance.request,
    id: await ledger.nextRequestId(),
    comment: 'tab\t line\n\\. \\N end\r\n',
    trustpoint: '',
  }
  const certificate = { ...issuance.certificate, requestId: request.id }
  await ledger.commit(sampleEvent('é "quoted" \\', { n: 1.5, text: 'line\nbreak' }), {
    ...issuance,
    request,
    certificate,
    replay,
  })
  const crl = {
    issuerId: ids.issuerId,
    number: 5n,
    thisUpdate: NOW,
    nextPublish: daysFromNow(1),
    nextUpdate: daysFromNow(7),
    crlDer: octets('crl'),
  }
  await ledger.commit(sampleEvent('root'), { kind: 'crlPublished', crl })
  await ledger.commit(sampleEvent('key'), { kind: 'keyBlocked', spkiSha256: octets('key'), reason: 'lost', at: NOW })
  await store.pool.query(`update certificates set state = 'revoked'`)
  const file = join(t.testdir({}), 'backup')
  await backup(store.pool, file)
  return { store, ids, file }
}

async function contents({ pool }: TestStore): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  for (const table of BACKUP_TABLES) found[table] = (await pool.query(`select to_jsonb(r) row from ${table} r order by 1`)).rows
  return found
}

t.test('what is restored is what was backed up, in every table, and its chain holds', async (t) => {
  const { store, file } = await backedUp(t)
  const other = await openTestStore(t)
  await restore(other.pool, file)
  const expected = await contents(store)
  for (const table of BACKUP_TABLES) t.not((expected[table] as unknown[]).length, 0, `${table} has rows`)
  t.same(await contents(other), expected)
  const findings: string[] = []
  await verifyChains(
    readAuditTrail(other.pool),
    (finding) => findings.push(finding),
    () => {},
  )
  t.same(findings, [])
  const second = join(t.testdir({}), 'backup')
  await backup(other.pool, second)
  t.same(await readFile(second), await readFile(file), 'a backup of the restored database is the same file')
})

t.test('after a restore no id is given twice and a revoked certificate stays revoked', async (t) => {
  const { file, ids } = await backedUp(t)
  const other = await openTestStore(t)
  await restore(other.pool, file)
  const ledger = await other.openLedger('next')
  const requestId = await ledger.nextRequestId()
  t.ok(requestId > 32, 'also none that was handed out before the backup and not used')
  const { request, certificate, kind } = sampleIssuance(2, ids)
  const id = await ledger.commit(sampleEvent('2'), {
    kind,
    request: { ...request, id: requestId },
    certificate: { ...certificate, requestId },
  })
  t.equal(id, 2)
  t.equal((await createRegister(other.pool).findCertificate(serialOf(1)))?.state, 'revoked')
})

t.test('a damaged backup changes nothing', async (t) => {
  const { file } = await backedUp(t)
  const other = await openTestStore(t)
  const text = await readFile(file, 'latin1')
  for (const damaged of [text.replace('revoked', 'valid'), text.slice(0, -200), text.replace('lost', 'Lost')]) {
    await writeFile(file, damaged, 'latin1')
    await t.rejects(restore(other.pool, file), { name: 'BackupError' })
  }
  for (const rows of Object.values(await contents(other))) t.same(rows, [])
})

t.test('a database with rows is refused and stays as it is', async (t) => {
  const { store, file } = await backedUp(t)
  const before = await contents(store)
  await t.rejects(restore(store.pool, file), {
    name: 'BackupError',
    message: 'the database is not empty (issuers has rows): restore into a new database',
  })
  t.same(await contents(store), before)
})

t.test('a backup with a newer, older or other schema is refused', async (t) => {
  const { file } = await backedUp(t)
  const outcome = async (change: string) => {
    const other = await openTestStore(t)
    await other.pool.query(change)
    return restore(other.pool, file).then(
      () => 'restored',
      (error: Error) => error.message.replace(file, 'FILE'),
    )
  }
  const remedy = 'restore it with the version of the program that made it; a newer program then migrates the database'
  const newest = '0009_certificate_names'
  t.equal(
    await outcome(`delete from schema_migrations where name = '${newest}'`),
    `FILE has a schema newer than this database's (${newest}, here 0008_blocked_keys): ${remedy}`,
  )
  t.equal(
    await outcome(`insert into schema_migrations (name, sha256) values ('0010_later', '')`),
    `FILE has a schema older than this database's (${newest}, here 0010_later): ${remedy}`,
  )
  t.equal(
    await outcome(`update schema_migrations set sha256 = '' where name = '0001_issuers'`),
    `FILE has a schema other than this database's (${newest}, here ${newest}): ${remedy}`,
  )
})

t.test("a backup of another program's tables is refused", async (t) => {
  const { file } = await backedUp(t)
  const other = await openTestStore(t)
  await writeFile(
    file,
    'lab-pki backup 1\n{"migrations":[],"tables":[{"name":"pg_authid","columns":["rolname"]}],"sequences":{}}\n',
  )
  await t.rejects(restore(other.pool, file), {
    message: `${file} has other tables than this program: restore it with the version of the program that made it`,
  })
})

/** The backup with another header, and checksums that fit it: what a careful hand makes. */
async function withHeader(file: string, change: (header: Record<string, unknown>) => void): Promise<void> {
  const [magic = '', first = '', ...rest] = (await readFile(file, 'latin1')).split('\n')
  const header = JSON.parse(first) as Record<string, unknown>
  change(header)
  const body = [magic, JSON.stringify(header), ...rest.slice(0, -2), ''].join('\n')
  const sha256 = createHash('sha256').update(body, 'latin1').digest('hex')
  await writeFile(file, `${body}${JSON.stringify({ end: true, sha256 })}\n`, 'latin1')
}

t.test('a header that cannot be is told, and changes nothing', async (t) => {
  const { file } = await backedUp(t)
  const whole = await readFile(file)
  const other = await openTestStore(t)
  const header = 'its header is not what was written'
  const sequence = 'requests_id_seq'
  const { sequences = {} } = JSON.parse(whole.toString('latin1').split('\n')[1] ?? '') as { sequences?: object }
  const [name = ''] = Object.keys(sequences)
  const tables = (each: unknown) => (h: Record<string, unknown>) => {
    h.tables = [each, ...(h.tables as unknown[]).slice(1)]
  }
  const cases: [(header: Record<string, unknown>) => void, string][] = [
    [(h) => Object.assign(h, { sequences: null }), header],
    [(h) => Object.assign(h, { sequences: [] }), header],
    [(h) => Object.assign(h, { sequences: { [name]: 7 } }), header],
    [(h) => Object.assign(h, { migrations: [null] }), header],
    [(h) => Object.assign(h, { migrations: [{ name: 7, sha256: '' }] }), header],
    [(h) => Object.assign(h, { tables: {} }), header],
    [tables(null), header],
    [tables({ name: ['issuers'], columns: ['id'] }), header],
    [tables({ name: 'issuers', columns: null }), header],
    [tables({ name: 'issuers', columns: [null] }), header],
    [(h) => Object.assign(h, { sequences: { [`x${sequence}`]: '7' } }), 'it names a sequence that this database does not have'],
    ...['0', '-1', '07', '1e3', '', '9007199254740992', '9223372036854775807', '9223372036854775808'].map(
      (value): (typeof cases)[number] => [
        (h) => Object.assign(h, { sequences: { [name]: value } }),
        `the value of the sequence ${name} cannot be`,
      ],
    ),
  ]
  for (const [change, why] of cases) {
    await writeFile(file, whole)
    await withHeader(file, change)
    await t.rejects(restore(other.pool, file), {
      name: 'BackupError',
      message: `${file} is not a whole backup of lab-pki: ${why}; nothing was restored, take another copy`,
    })
  }
  for (const rows of Object.values(await contents(other))) t.same(rows, [])
  await writeFile(file, whole)
  await withHeader(file, tables({ name: 'issuers', columns: ['id; drop table issuers'] }))
  await t.rejects(restore(other.pool, file), { message: 'the columns of issuers are not those of this database' })
  await writeFile(file, whole)
  await withHeader(file, () => {})
  await restore(other.pool, file)
})
