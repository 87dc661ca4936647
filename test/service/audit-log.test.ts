import { createHash, createPublicKey } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { headLine, readHeadLine, verifyAudit } from '../../src/ca/audit-heads.js'
import { decryptKey } from '../../src/ca/key-file.js'
import { openLedger } from '../../src/service/audit-log.js'
import { openDataFolder } from '../../src/service/data-folder.js'
import { withHeadsLock } from '../../src/store/advisory-locks.js'
import { readAuditHeads, readAuditTrail } from '../../src/store/audit.js'
import { fixedClock, seededRandom } from '../support/fixed-world.js'
import { openTestStore, sampleEvent } from '../support/store.js'

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
  t.notOk(existsSync(at.folder.audit.heads), 'nothing to sign yet')
  await commit(ledger, 'first')
  await ledger.signHeads()
  await ledger.signHeads()
  t.equal(at.lines().length, 1, 'no second line for the same head')
  at.time.advance(MINUTE_MS)
  await commit(ledger, 'second')
  await ledger.signHeads()
  t.equal(at.lines().length, 2)
  t.equal(ledger.fault(), undefined)
  t.same(await at.verify(), { findings: [], vouchedUntil: at.time.clock(), events: 2, unsignedEvents: 0 })
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

t.test('a line that a crash cut off is taken away, also when it is the only one', async (t) => {
  const at = await world(t)
  const ledger = await at.open('one')
  await commit(ledger, 'first')
  await ledger.signHeads()
  truncateSync(at.folder.audit.heads, statSync(at.folder.audit.heads).size - 20)
  await commit(ledger, 'second')
  await ledger.signHeads()
  t.equal(at.lines().length, 1)
  appendFileSync(at.folder.audit.heads, '{"version":1,"time":"2026-03-01T12:00')
  await commit(ledger, 'third')
  await ledger.signHeads()
  t.equal(at.lines().length, 2)
  t.match(await at.verify(), { findings: [], events: 3, unsignedEvents: 0 })
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
  t.equal(at.lines().length, 6)
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
  t.equal(at.lines().length, 3)
  t.match(await at.verify(), { findings: [], events: 2, unsignedEvents: 0 })
})

t.test('after a thousand events the head is signed without waiting for the minute, once', async (t) => {
  const at = await world(t)
  const ledger = await at.open('one')
  await Promise.all(Array.from({ length: 999 }, (_, n) => commit(ledger, `event ${n}`)))
  t.notOk(existsSync(at.folder.audit.heads))
  await Promise.all(Array.from({ length: 200 }, (_, n) => commit(ledger, `event ${999 + n}`)))
  await until(() => existsSync(at.folder.audit.heads) && at.lines().length > 0)
  await ledger.signHeads()
  t.ok(at.lines().length <= 2, 'not a line for each of the events after it')
  t.match(await at.verify(), { findings: [], events: 1_199, unsignedEvents: 0 })
})

t.test('while the file cannot be written the service goes on, says so after 150 s, and heals', async (t) => {
  const at = await world(t)
  const ledger = await at.open('one')
  mkdirSync(at.folder.audit.heads)
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
  const killed = await at.openLedger('killed')
  for (const n of [1, 2, 3]) await commit(killed, `event ${n}`)
  mkdirSync(at.folder.audit.heads)
  const next = await at.open('next')
  t.same(at.log, ['warn the audit head could not be signed'])
  rmdirSync(at.folder.audit.heads)
  await next.signHeads()
  t.match(readHeadLine(at.lines()[0] ?? '', at.publicKey()), { heads: [{ writer: 'killed', sequence: 3 }] })
  await at.open('after that')
  t.equal(at.lines().length, 2)
  t.match(await at.verify(), { findings: [], events: 3, unsignedEvents: 0 })
})

t.test('chains that ended more than a week ago are not signed again', async (t) => {
  const at = await world(t)
  const old = await at.openLedger('old')
  await commit(old, 'event')
  at.time.advance(7 * 24 * 60 * MINUTE_MS + 1)
  await at.open('next')
  t.notOk(existsSync(at.folder.audit.heads))
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
