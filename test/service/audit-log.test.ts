import { createHash, createPublicKey } from 'node:crypto'
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { headLine, readHeadLine } from '../../src/ca/audit-heads.js'
import { decryptKey } from '../../src/ca/key-file.js'
import { verifyAudit } from '../../src/ca/verify-audit.js'
import { openLedger } from '../../src/service/audit-log.js'
import { openDataFolder } from '../../src/service/data-folder.js'
import { withHeadsLock } from '../../src/store/advisory-locks.js'
import { listAudit, readAuditHeads, readAuditTrail } from '../../src/store/audit.js'
import { fixedClock, seededRandom } from '../support/fixed-world.js'
import { openTestStore, sampleEvent, sampleIssuer, seed } from '../support/store.js'

const NOW = '2026-03-01T12:00:00.000Z'
const MINUTE_MS = 60_000
const PASSPHRASE = 'correct horse'

async function world(t: Test) {
  const store = await openTestStore(t)
  const folder = await openDataFolder(join(t.testdir(), 'data'), process.getuid?.())
  const time = fixedClock(NOW)
  const log: string[] = []
  return {
    ...store,
    folder,
    time,
    log,
    /** A process's ledger; each name is a writer of its own. */
    async open(name: string, passphrase = PASSPHRASE) {
      const context = {
        clock: time.clock,
        random: seededRandom(name),
        hostname: 'asa-lab',
        pid: 4711,
        log: (level: string, message: string) => void log.push(`${level} ${message}`),
      }
      const ledger = await openLedger(context, folder, store.pool, passphrase)
      t.teardown(() => ledger.close())
      return ledger
    },
    lines: () => readFileSync(folder.audit.heads, 'utf8').split('\n').slice(0, -1),
    publicKey: () => createPublicKey(readFileSync(folder.audit.publicKey)),
    verify() {
      return verifyAudit(readAuditTrail(store.pool), this.lines(), this.publicKey())
    },
  }
}

const commit = (ledger: { commit: Awaited<ReturnType<typeof openLedger>>['commit'] }, object: string) =>
  ledger.commit(sampleEvent(object), { kind: 'none' })
const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
}

t.test('each signature is a line linked to the one before, and verify vouches for all of them', async (t) => {
  const at = await world(t)
  const ledger = await at.open('one')
  t.match(await at.verify(), { findings: [], notes: [], vouchedUntil: at.time.clock(), events: 0 }, 'the file has begun')
  await commit(ledger, 'first')
  await ledger.signHeads()
  await ledger.signHeads()
  t.equal(at.lines().length, 2, 'no second line for the same head')
  at.time.advance(MINUTE_MS)
  await commit(ledger, 'second')
  await ledger.signHeads()
  t.equal(at.lines().length, 3)
  t.equal(ledger.fault(), undefined)
  t.same(await at.verify(), { findings: [], notes: [], vouchedUntil: at.time.clock(), events: 2, unsignedEvents: 0 })
  t.equal(statSync(at.folder.audit.heads).mode & 0o777, 0o600)
  t.equal(statSync(at.folder.audit.key).mode & 0o777, 0o600)
  t.match(readFileSync(at.folder.audit.key, 'latin1'), /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)
})

t.test('closing signs what was written last', async (t) => {
  const at = await world(t)
  const ledger = await at.open('one')
  await commit(ledger, 'last')
  await ledger.close()
  t.match(await at.verify(), { findings: [], events: 1, unsignedEvents: 0 })
})

t.test('a line that a crash cut off is taken away, also when it is the first one', async (t) => {
  const at = await world(t)
  await at.open('crashed')
  truncateSync(at.folder.audit.heads, 20)
  const ledger = await at.open('one')
  t.equal(at.lines().length, 1)
  await commit(ledger, 'first')
  await ledger.signHeads()
  truncateSync(at.folder.audit.heads, statSync(at.folder.audit.heads).size - 20)
  await commit(ledger, 'second')
  await ledger.signHeads()
  t.equal(at.lines().length, 2)
  appendFileSync(at.folder.audit.heads, '{"version":1,"time":"2026-03-01T12:00')
  await commit(ledger, 'third')
  await ledger.signHeads()
  t.equal(at.lines().length, 3)
  t.match(await at.verify(), { findings: [], notes: [], events: 3, unsignedEvents: 0 })
})

t.test('the link is to the last line, however long that is', async (t) => {
  const at = await world(t)
  const ledger = await at.open('one')
  const key = decryptKey(readFileSync(at.folder.audit.key), PASSPHRASE)
  const heads = Array.from({ length: 200 }, (_, n) => ({ writer: `w${n}`, sequence: 1, hash: Buffer.alloc(32, n) }))
  const first = headLine([], at.time.clock(), undefined, key)
  const long = headLine(heads, at.time.clock(), first, key)
  t.ok(long.length > 4 * 4_096)
  writeFileSync(at.folder.audit.heads, `${first}\n${long}\n`)
  await commit(ledger, 'first')
  await ledger.signHeads()
  const read = readHeadLine(at.lines()[2] ?? '', at.publicKey())
  t.equal(read?.previous, createHash('sha256').update(long).digest('hex'))
})

t.test('two processes that append to one file in turn keep it one chain', async (t) => {
  const at = await world(t)
  const [one, two] = [await at.open('one'), await at.open('two')]
  for (let round = 0; round < 3; round++) {
    for (const ledger of [one, two]) await commit(ledger, `round ${round}`)
    await Promise.all([one.signHeads(), two.signHeads()])
  }
  t.equal(at.lines().length, 7)
  t.match(await at.verify(), { findings: [], events: 6, unsignedEvents: 0 })
})

t.test('a process that opens while another one signs does not put an older head behind a newer one', async (t) => {
  const at = await world(t)
  const one = await at.open('one')
  await commit(one, 'first')
  await one.signHeads()
  const key = decryptKey(readFileSync(at.folder.audit.key), PASSPHRASE)
  let opening: ReturnType<typeof at.open> | undefined
  await withHeadsLock(at.pool, at.folder.audit.heads, async () => {
    opening = at.open('two')
    const waiting =
      "select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())"
    await until(async () => (await at.pool.query(waiting)).rowCount === 1)
    await commit(one, 'second')
    const heads = await readAuditHeads(at.pool, new Date(0))
    appendFileSync(at.folder.audit.heads, `${headLine(heads, at.time.clock(), at.lines().at(-1), key)}\n`)
  })
  await opening
  t.equal(at.lines().length, 4)
  t.match(await at.verify(), { findings: [], events: 2, unsignedEvents: 0 })
})

t.test('after a thousand events the head is signed without waiting for the minute, once', async (t) => {
  const at = await world(t)
  const ledger = await at.open('one')
  await Promise.all(Array.from({ length: 999 }, (_, n) => commit(ledger, `event ${n}`)))
  t.equal(at.lines().length, 1)
  await Promise.all(Array.from({ length: 200 }, (_, n) => commit(ledger, `event ${999 + n}`)))
  await until(() => at.lines().length > 1)
  await ledger.signHeads()
  t.ok(at.lines().length <= 3, 'not a line for each of the events after it')
  t.match(await at.verify(), { findings: [], events: 1_199, unsignedEvents: 0 })
})

t.test('while the file cannot be written the service goes on, says so after 150 s, and heals', async (t) => {
  const at = await world(t)
  mkdirSync(at.folder.audit.heads)
  const ledger = await at.open('one')
  at.log.length = 0
  await commit(ledger, 'first')
  await ledger.signHeads()
  t.same(at.log, ['warn the audit head could not be signed'])
  at.time.advance(150_000)
  await ledger.signHeads()
  t.equal(ledger.fault(), undefined)
  at.time.advance(1)
  t.equal(ledger.fault(), `the audit trail has not been signed since ${NOW}; see the log`)
  rmdirSync(at.folder.audit.heads)
  await ledger.signHeads()
  t.equal(ledger.fault(), undefined)
  t.match(await at.verify(), { findings: [], events: 1, unsignedEvents: 0 })
})

t.test('what a killed process left unsigned is signed at the next open, or as soon as that is possible', async (t) => {
  const at = await world(t)
  await (await at.open('before')).close()
  const killed = await at.openLedger('killed')
  for (const n of [1, 2, 3]) await commit(killed, `event ${n}`)
  renameSync(at.folder.audit.heads, `${at.folder.audit.heads}.kept`)
  mkdirSync(at.folder.audit.heads)
  const next = await at.open('next')
  t.same(at.log, ['warn the audit head could not be signed'])
  rmdirSync(at.folder.audit.heads)
  renameSync(`${at.folder.audit.heads}.kept`, at.folder.audit.heads)
  await next.signHeads()
  t.match(readHeadLine(at.lines()[1] ?? '', at.publicKey()), { heads: [{ writer: 'killed', sequence: 3 }] })
  await at.open('after that')
  t.equal(at.lines().length, 3)
  t.match(await at.verify(), { findings: [], notes: [], events: 3, unsignedEvents: 0 })
})

t.test('chains that ended more than a week ago are not signed again', async (t) => {
  const at = await world(t)
  await (await at.open('before')).close()
  const old = await at.openLedger('old')
  await commit(old, 'event')
  at.time.advance(7 * 24 * 60 * MINUTE_MS + 1)
  await at.open('next')
  t.equal(at.lines().length, 1)
})

t.test('the key is used again, and only with its passphrase; a public key without it is made anew', async (t) => {
  const at = await world(t)
  writeFileSync(at.folder.audit.publicKey, 'left by a crash before the private key was written')
  await commit(await at.open('one'), 'first')
  const publicKey = readFileSync(at.folder.audit.publicKey, 'utf8')
  t.match(publicKey, /^-----BEGIN PUBLIC KEY-----\n/)
  await at.open('two')
  t.equal(readFileSync(at.folder.audit.publicKey, 'utf8'), publicKey)
  t.match(await at.verify(), { findings: [], events: 1, unsignedEvents: 0 })
  await t.rejects(at.open('three', 'wrong'), {
    code: 'issuer-unavailable',
    detail: `${at.folder.audit.key} cannot be decrypted: check LAB_PKI_CA_PASSPHRASE_FILE, or put the passphrase file of this CA back`,
  })
})

t.test('of several that open at once one makes the key; all sign with it, and the public key is its own', async (t) => {
  const at = await world(t)
  const ledgers = await Promise.all(['one', 'two', 'three', 'four'].map((name) => at.open(name)))
  for (const [n, ledger] of ledgers.entries()) {
    await commit(ledger, `event ${n}`)
    await ledger.signHeads()
  }
  t.match(await at.verify(), { findings: [], events: 4, unsignedEvents: 0 })
})

t.test('a public key that is not the private one’s is written anew', async (t) => {
  const at = await world(t)
  await commit(await at.open('one'), 'first')
  const publicKey = readFileSync(at.folder.audit.publicKey, 'utf8')
  writeFileSync(at.folder.audit.publicKey, 'of a key that was never used')
  await at.open('two')
  t.equal(readFileSync(at.folder.audit.publicKey, 'utf8'), publicKey)
})

const GONE = {
  findings: [/^heads file: its last line of 2026-03-01T12:00:00\.000Z is missing: lines were removed from its end$/],
}

t.test('the trail names the last line of the heads file, at once and every hour, so that the file cannot be cut', async (t) => {
  const at = await world(t)
  const ledger = await at.open('one')
  await commit(ledger, 'first')
  await ledger.tend()
  await ledger.tend()
  t.match(await at.verify(), { findings: [], notes: [], events: 2, unsignedEvents: 0 })
  at.time.advance(60 * MINUTE_MS - 1)
  await ledger.tend()
  t.match(await at.verify(), { events: 2 })
  at.time.advance(1)
  await ledger.tend()
  t.match(await at.verify(), { findings: [], events: 3, unsignedEvents: 1 })
  await ledger.close()
  const events = (await listAudit(at.pool, { limit: 9 })).items.filter((event) => event.action === 'audit.signed').reverse()
  const hashes = at.lines().map((line) => createHash('sha256').update(line).digest('hex'))
  t.match(events, [
    {
      actor: 'system',
      object: 'heads.jsonl',
      detail: { sha256: hashes[1], octets: at.lines().slice(0, 2).join(' ').length + 1 },
    },
    { detail: { sha256: hashes[2] } },
  ])
  const whole = readFileSync(at.folder.audit.heads, 'utf8')
  writeFileSync(at.folder.audit.heads, `${at.lines()[0]}\n`)
  t.match(await at.verify(), GONE)
  // A service that goes on behind the cut does not heal it.
  await commit(await at.open('two'), 'later')
  t.match(await at.verify(), GONE)
  writeFileSync(at.folder.audit.heads, whole)
})

t.test('events and heads taken away together are found: the new file says that it began anew', async (t) => {
  const at = await world(t)
  const ledger = await at.open('one')
  await seed(await at.openLedger('ca'))
  await ledger.tend()
  await ledger.close()
  await at.pool.query(
    'alter table audit_events disable trigger all; delete from audit_events; alter table audit_events enable trigger all',
  )
  for (const take of [() => truncateSync(at.folder.audit.heads), () => rmSync(at.folder.audit.heads)]) {
    take()
    const next = await at.open(`after ${take}`)
    await commit(next, 'started')
    await next.tend()
    await next.close()
    t.match(await at.verify(), {
      findings: [
        `the heads file began anew at ${NOW}, when its key had signed and the database held events: earlier lines were removed`,
      ],
    })
  }
})

t.test('a further server with a key of its own is a note, and so are the keys of others', async (t) => {
  const at = await world(t)
  await (await at.open('one')).tend()
  const ledger = await at.open('two')
  await ledger.tend()
  await ledger.close()
  rmSync(at.folder.audit.folder, { recursive: true })
  mkdirSync(at.folder.audit.folder)
  await (await at.open('three')).tend()
  t.match(await at.verify(), {
    findings: [],
    notes: [
      `the heads file and its key were made at ${NOW}, when the database held events: verify those with the heads file before`,
      /^heads were signed with other audit keys too \([0-9a-f]{16}\): verify with the heads files of those as well$/,
    ],
  })
})

t.test('while the database takes nothing that is a fault, which heals by itself when somebody asks', async (t) => {
  const at = await world(t)
  const ledger = await at.open('one')
  await ledger.tend()
  const allow = async (allowed: boolean) => {
    await at.pool.query(
      allowed
        ? 'alter table audit_events drop constraint filled'
        : "alter table audit_events add constraint filled check (at < '2026-01-01') not valid",
    )
  }
  await allow(false)
  await t.rejects(commit(ledger, 'refused'), { code: 'audit-unavailable' })
  const sentence = `nothing could be written to the database since ${NOW}; see the log`
  t.equal(ledger.fault(), sentence)
  await ledger.tend()
  t.equal(ledger.fault(), sentence, 'the probe was refused as well')
  await allow(true)
  at.time.advance(2_000)
  t.equal(ledger.fault(), sentence, 'asked once more it tries again')
  await until(() => ledger.fault() === undefined)
  t.match(await at.verify(), { findings: [] })
})

t.test('a caller’s own fault is none of the service’s', async (t) => {
  const at = await world(t)
  const ledger = await at.open('one')
  const again = () => ledger.commit(sampleEvent('root'), { kind: 'issuersCreated', issuers: [sampleIssuer('root')] })
  await again()
  await t.rejects(again(), { code: 'issuer-unavailable' })
  t.equal(ledger.fault(), undefined)
})
