/** Restores, beginnings and lines that the trail names; every kind of tampering is in `audit-heads.test.ts`. */
import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { chainEvents, emptyHead } from '../../src/ca/audit-chain.js'
import { auditKeyName, type HeadsRemark, headLine, headLineHash } from '../../src/ca/audit-heads.js'
import type { AuditEvent, AuditHead, AuditRecord } from '../../src/ca/ports.js'
import { SIGNED_ACTION, verifyAudit } from '../../src/ca/verify-audit.js'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const minute = (n: number): Date => new Date(Date.parse('2026-03-01T12:00:00.000Z') + n * 60_000)
const event = (n: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  at: minute(n),
  actor: 'a',
  action: 'certificate.issued',
  object: `${n}`,
  detail: {},
  ...more,
})
const chain = (writer: string, count: number): AuditRecord[] =>
  chainEvents(
    emptyHead(writer),
    Array.from({ length: count }, (_, n) => event(n)),
  )
const headOf = (records: readonly AuditRecord[]): AuditHead => {
  const last = records.at(-1)
  if (!last) throw new Error('a link')
  return last
}

/** Lines each linked to the one before, a minute apart. */
function linesOf(...all: readonly (readonly [readonly AuditHead[], HeadsRemark?])[]): string[] {
  const lines: string[] = []
  for (const [heads, remark] of all) lines.push(headLine(heads, minute(lines.length), lines.at(-1), privateKey, remark))
  return lines
}

const old = chain('old', 10)
const later = chain('later', 3)
const next = chain('next', 2)
const kept = old.slice(0, 6)
/** Ten events and another writer's were signed; a backup of the first six events was restored; then it went on. */
const RESTORED = linesOf(
  [old.slice(0, 4)],
  [[headOf(old), headOf(later)]],
  [[headOf(kept)], 'restored'],
  [[headOf(kept), headOf(next)]],
)
const NOTE = 'the database was restored at 2026-03-01T12:02:00.000Z; 7 events that were signed before were not in the backup'

t.test('what a signed restore gave up is a note, and vouching goes on behind it', async (t) => {
  t.same(await verifyAudit([...kept, ...next], RESTORED, publicKey), {
    findings: [],
    notes: [NOTE],
    vouchedUntil: minute(3),
    events: 8,
    unsignedEvents: 0,
  })
})

t.test('a restore hides nothing of what it kept', async (t) => {
  const check = (records: readonly AuditRecord[], lines = RESTORED) => verifyAudit(records, lines, publicKey)
  const edited = kept.map((record) => (record.sequence === 2 ? { ...record, object: 'x' } : record))
  t.match(await check([...edited, ...next]), {
    findings: ['writer old: event 2 was changed: its hash does not follow from its predecessor'],
    vouchedUntil: undefined,
  })
  t.match(await check([...kept.slice(0, 5), ...next]), {
    findings: ['writer old: events 6 to 6 are missing; event 6 was signed at 2026-03-01T12:02:00.000Z'],
    vouchedUntil: minute(0),
  })
  t.match(await check([...kept.slice(0, 5)]), {
    findings: [/^writer old: events 6 to 6 are missing/, /^writer next: all its events are missing/],
  })
  const anew = chainEvents(emptyHead('old'), [...kept.slice(0, 3), event(99), ...kept.slice(4)])
  t.match(await check([...anew, ...next]), { findings: [/^writer old: event 4 is not the one signed at/, /event 6 is not/] })
  const forged = chainEvents(headOf(kept), [event(6), event(7), event(8), event(99)])
  t.match(await check([...kept, ...forged, ...next]), { findings: [/^writer old: event 10 is not the one signed at/] })
  const wrongly = linesOf([old.slice(0, 4)], [[headOf(anew)], 'restored'])
  t.match(await check(kept, wrongly), { findings: [/^writer old: event 6 is not the one signed at/] })
  t.match(await check([...kept, ...next], linesOf([[headOf(old)]], [[headOf(kept)]])), {
    findings: [
      'heads file, line 2: the chain of writer old had become shorter when it was signed',
      /^writer old: events 7 to 10/,
    ],
  })
})

t.test('a file that began anew is a finding; one with a key of its own, beside others, a note', async (t) => {
  t.match(await verifyAudit(old, linesOf([[], 'began-anew'], [[headOf(old)]]), publicKey), {
    findings: [
      'the heads file began anew at 2026-03-01T12:00:00.000Z, when its key had signed and the database held events: earlier lines were removed',
    ],
    vouchedUntil: minute(1),
  })
  t.match(await verifyAudit(old, linesOf([[], 'began-with-new-key'], [[headOf(old)]]), publicKey), {
    findings: [],
    notes: [
      'the heads file and its key were made at 2026-03-01T12:00:00.000Z, when the database held events: verify those with the heads file before',
    ],
  })
  const [line = ''] = linesOf([[], 'began-anew'])
  for (const change of ['began-with-new-key', 'restored', 'nothing'])
    t.match((await verifyAudit([], [line.replace('began-anew', change)], publicKey)).findings, [
      'heads file, line 1: it is not whole, or was not signed with the audit key',
    ])
})

t.test('a line that the trail names must be there, in a file that is no copy and was not put back by a restore', async (t) => {
  const lines = linesOf([[]], [[headOf(later)]], [[headOf(later)]])
  const name = (n: number, key = auditKeyName(publicKey)) =>
    event(n, { action: SIGNED_ACTION, detail: { key, octets: 1, sha256: headLineHash(lines[n]) } })
  const named = chainEvents(emptyHead('named'), [name(0), name(1), name(2)])
  const check = (given: readonly string[], copy = false) => verifyAudit([...later, ...named], given, publicKey, { copy })
  t.match(await check(lines), { findings: [], notes: [], vouchedUntil: minute(2) })
  t.match(await check(lines.slice(0, 2)), {
    findings: ['heads file: its last line of 2026-03-01T12:02:00.000Z is missing: lines were removed from its end'],
  })
  t.match(await check(lines.slice(0, 2), true), {
    findings: [],
    notes: ['the heads file is older than the events that name its lines: it was a copy'],
  })
  // An older copy was put back and then the database restored.
  const restored = [...lines.slice(0, 2)]
  restored.push(headLine([headOf(later), headOf(named)], minute(9), restored.at(-1), privateKey, 'restored'))
  t.match(await check(restored), { findings: [], vouchedUntil: minute(9) })
  // A line that was forged in its place does not do.
  const other = [...lines.slice(0, 2)]
  other.push(headLine([headOf(later)], minute(9), other.at(-1), privateKey))
  t.match(await check(other), { findings: [/^heads file: its last line of 2026-03-01T12:02/] })
  t.match(await verifyAudit(chainEvents(emptyHead('x'), [name(2, '0123456789abcdef')]), [], publicKey), {
    findings: [],
    notes: ['heads were signed with other audit keys too (0123456789abcdef): verify with the heads files of those as well'],
  })
})
