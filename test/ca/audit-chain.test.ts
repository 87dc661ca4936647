import { createHash } from 'node:crypto'
import t from 'tap'
import {
  canonicalDetail,
  chainEvents,
  emptyHead,
  eventHash,
  genesis,
  storableEvent,
  verifyChains,
} from '../../src/ca/audit-chain.js'
import type { AuditEvent, AuditRecord } from '../../src/ca/ports.js'

const AT = new Date('2026-03-01T12:00:00.123Z')
const event = (object: string, detail: AuditEvent['detail'] = {}): AuditEvent => ({
  at: AT,
  actor: 'asa-admin',
  action: 'certificate.issued',
  object,
  detail,
})

/** The encoding once more, by hand. */
function field(text: string | Buffer): Buffer {
  const octets = Buffer.from(text)
  return Buffer.concat([Buffer.from([0, 0, octets.length >> 8, octets.length & 0xff]), octets])
}

t.test('an event is hashed with its predecessor, its writer and its place in a fixed encoding', async (t) => {
  const start = createHash('sha256')
    .update(Buffer.concat([Buffer.from('lab-pki audit genesis 1\0'), field('w1')]))
    .digest()
  t.same(genesis('w1'), start)
  const parts = [
    start,
    'w1',
    '1',
    '2026-03-01T12:00:00.123Z',
    'asa-admin',
    'certificate.issued',
    '4a0b',
    '{"a":1,"b":null,"ü":"x"}',
  ]
  const expected = createHash('sha256')
    .update(Buffer.concat([Buffer.from('lab-pki audit event 1\0'), ...parts.map(field)]))
    .digest('hex')
  t.equal(eventHash(start, 'w1', 1, event('4a0b', { ü: 'x', b: null, a: 1 })).toString('hex'), expected)
})

t.test('moving a character from one field to the next changes the hash', async (t) => {
  const one = eventHash(genesis('w'), 'w', 1, { ...event('bc'), action: 'x.a' })
  const other = eventHash(genesis('w'), 'w', 1, { ...event('c'), action: 'x.ab' })
  t.not(one.toString('hex'), other.toString('hex'))
})

t.test('the order of the detail does not matter, its values do', async (t) => {
  t.equal(canonicalDetail({ b: true, a: 'x' }), '{"a":"x","b":true}')
  t.equal(canonicalDetail({ a: 'x', b: true }), '{"a":"x","b":true}')
  t.equal(canonicalDetail({ a: 'x', b: 'true' }), '{"a":"x","b":"true"}')
})

t.test('what the database cannot hold is replaced, in every field, and nothing else is', async (t) => {
  const raw = { ...event('a\0b'), actor: '\ud800x', action: 'a.b', detail: { 'k\0': 'v\udc00', n: 1, pair: '😀' } }
  const stored = storableEvent(raw)
  t.equal(stored.object, 'a\ufffdb')
  t.equal(stored.actor, '\ufffdx')
  t.same(stored.detail, { 'k\ufffd': 'v\ufffd', n: 1, pair: '😀' })
  t.equal(stored.at, AT)
})

t.test('events become links that verify', async (t) => {
  const links = chainEvents(emptyHead('w'), [event('a'), event('b\0'), event('c')])
  t.same(
    links.map((link) => link.sequence),
    [1, 2, 3],
  )
  const { findings, states, visits } = await verify(links)
  t.same(findings, [])
  t.same(visits, ['w 1 true', 'w 2 true', 'w 3 true'])
  t.match(states.get('w'), { head: { sequence: 3 }, intactTo: 3 })
})

t.test('chains of several writers may be mixed', async (t) => {
  const one = chainEvents(emptyHead('one'), [event('a'), event('b')])
  const two = chainEvents(emptyHead('two'), [event('c'), event('d')])
  const mixed = [one[0], two[0], two[1], one[1]].filter((link) => link !== undefined)
  t.same((await verify(mixed)).findings, [])
})

t.test('a change is reported at its place, once, and what follows is not intact', async (t) => {
  const links = chainEvents(emptyHead('w'), [event('a'), event('b'), event('c')])
  const tampered = links.map((link) => (link.sequence === 2 ? { ...link, actor: 'nobody' } : link))
  const { findings, visits, states } = await verify(tampered)
  t.same(findings, ['writer w: event 2 was changed: its hash does not follow from its predecessor'])
  t.same(visits, ['w 1 true', 'w 2 false', 'w 3 false'])
  t.equal(states.get('w')?.intactTo, 1)
})

t.test('a missing event and swapped events are reported', async (t) => {
  const [a, b, c] = chainEvents(emptyHead('w'), [event('a'), event('b'), event('c')])
  if (!a || !b || !c) throw new Error('three links')
  t.same((await verify([a, c])).findings, ['writer w: event 3 stands behind event 1: events are missing or out of order'])
  t.same((await verify([b, a, c])).findings, [
    'writer w: event 2 stands behind event 0: events are missing or out of order',
    'writer w: event 1 stands behind event 2: events are missing or out of order',
    'writer w: event 3 stands behind event 1: events are missing or out of order',
  ])
})

async function verify(records: readonly AuditRecord[]) {
  const findings: string[] = []
  const visits: string[] = []
  const states = await verifyChains(
    records,
    (finding) => findings.push(finding),
    (record, intact) => visits.push(`${record.writer} ${record.sequence} ${intact}`),
  )
  return { findings, visits, states }
}
