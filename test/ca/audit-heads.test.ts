import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import t from 'tap'
import { chainEvents, emptyHead } from '../../src/ca/audit-chain.js'
import { headLine, readHeadLine } from '../../src/ca/audit-heads.js'
import type { AuditEvent, AuditHead, AuditRecord } from '../../src/ca/ports.js'
import { verifyAudit } from '../../src/ca/verify-audit.js'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const START = Date.parse('2026-03-01T12:00:00.000Z')
const minute = (n: number): Date => new Date(START + n * 60_000)

const event = (n: number): AuditEvent => ({
  at: minute(n),
  actor: 'asa-admin',
  action: 'certificate.issued',
  object: `serial-${n}`,
  detail: { n, name: `vpn${n}.lab.example`, ok: true },
})

interface Trail {
  records: AuditRecord[]
  lines: string[]
}

/** A trail with a line after each of `cuts` events: the line's heads are those of the writers so far. */
function makeTrail(lengths: Readonly<Record<string, number>>, perLine: number, key: KeyObject = privateKey): Trail {
  const records = Object.entries(lengths).flatMap(([writer, length]) =>
    chainEvents(
      emptyHead(writer),
      Array.from({ length }, (_, n) => event(n)),
    ),
  )
  const lines: string[] = []
  const steps = Math.ceil(Math.max(...Object.values(lengths)) / perLine)
  for (let step = 1; step <= steps; step++) {
    const heads = Object.keys(lengths).flatMap((writer): AuditHead[] => {
      const links = records.filter((record) => record.writer === writer && record.sequence <= step * perLine)
      return links.slice(-1)
    })
    lines.push(headLine(heads, minute(step), lines.at(-1), key))
  }
  return { records, lines }
}

t.test('a line is one line of JSON and reads back', async (t) => {
  const { records, lines } = makeTrail({ w: 3 }, 3)
  t.equal(lines.length, 1)
  t.notMatch(lines[0], /\n/)
  const read = readHeadLine(lines[0] ?? '', publicKey)
  t.match(read, { time: minute(1), previous: '0'.repeat(64), heads: [{ writer: 'w', sequence: 3 }] })
  t.same(read?.heads[0]?.hash, records[2]?.hash)
})

t.test('a line that is not exactly what was signed is not read', async (t) => {
  const line = makeTrail({ w: 3 }, 3).lines[0] ?? ''
  const strangerKey = generateKeyPairSync('ed25519').privateKey
  t.equal(readHeadLine(`${line} `, publicKey), undefined, 'white space')
  t.equal(readHeadLine(line.slice(0, -1), publicKey), undefined, 'cut off')
  t.equal(readHeadLine(line.replace('"sequence":3', '"sequence":2'), publicKey), undefined, 'another head')
  t.equal(readHeadLine(line.replace('12:01', '12:02'), publicKey), undefined, 'another time')
  t.equal(readHeadLine(makeTrail({ w: 3 }, 3, strangerKey).lines[0] ?? '', publicKey), undefined, 'another key')
  t.equal(readHeadLine('null', publicKey), undefined)
  t.equal(readHeadLine('{"version":1}', publicKey), undefined)
  t.equal(readHeadLine(line.replace(/"heads":\[.*?\]/, '"heads":[7]'), publicKey), undefined)
})

t.test('an untouched trail is vouched for up to its last head', async (t) => {
  const { records, lines } = makeTrail({ one: 7, two: 4 }, 2)
  t.same(await verifyAudit(records, lines, publicKey), {
    findings: [],
    notes: [],
    vouchedUntil: minute(4),
    events: 11,
    unsignedEvents: 0,
  })
})

t.test('events behind the last head are counted, and a head without events is no fault', async (t) => {
  const { records, lines } = makeTrail({ w: 2 }, 2)
  const head = records.at(-1)
  if (!head) throw new Error('a head')
  const more = chainEvents(head, [event(8), event(9)])
  lines.push(headLine([emptyHead('idle')], minute(5), lines.at(-1), privateKey))
  t.same(await verifyAudit([...records, ...more], lines, publicKey), {
    findings: [],
    notes: [],
    vouchedUntil: minute(5),
    events: 4,
    unsignedEvents: 2,
  })
})

t.test('nothing is vouched for without heads', async (t) => {
  const { records } = makeTrail({ w: 2 }, 2)
  t.same(await verifyAudit(records, [], publicKey), {
    findings: [],
    notes: [],
    vouchedUntil: undefined,
    events: 2,
    unsignedEvents: 2,
  })
})

t.test('each kind of tampering is named, and vouching ends before it', async (t) => {
  const { records, lines } = makeTrail({ one: 6, two: 6 }, 2)
  const [first, second, third] = lines
  if (!first || !second || !third) throw new Error('three lines')
  const edited = records.map((record) => (record.writer === 'one' && record.sequence === 4 ? { ...record, object: 'x' } : record))
  t.match(await verifyAudit(edited, lines, publicKey), {
    findings: ['writer one: event 4 was changed: its hash does not follow from its predecessor'],
    vouchedUntil: minute(1),
  })
  const anew = [
    ...chainEvents(
      emptyHead('one'),
      edited.filter((record) => record.writer === 'one'),
    ),
    ...records.filter((record) => record.writer === 'two'),
  ]
  t.match(await verifyAudit(anew, lines, publicKey), {
    findings: [
      'writer one: event 4 is not the one signed at 2026-03-01T12:02:00.000Z: the chain was computed anew',
      'writer one: event 6 is not the one signed at 2026-03-01T12:03:00.000Z: the chain was computed anew',
    ],
    vouchedUntil: minute(1),
  })
  t.match(
    await verifyAudit(
      records.filter((record) => record.writer === 'one' || record.sequence < 5),
      lines,
      publicKey,
    ),
    {
      findings: ['writer two: events 5 to 6 are missing; event 6 was signed at 2026-03-01T12:03:00.000Z'],
      vouchedUntil: minute(2),
    },
  )
  t.match(
    await verifyAudit(
      records.filter((record) => record.writer === 'one'),
      lines,
      publicKey,
    ),
    {
      findings: ['writer two: all its events are missing; event 6 was signed at 2026-03-01T12:03:00.000Z'],
      vouchedUntil: undefined,
    },
  )
  t.match(await verifyAudit(records, [first, third], publicKey), {
    findings: ['heads file, line 2: it does not follow the line before it: lines are missing, changed or out of order'],
    vouchedUntil: minute(1),
  })
  t.match(await verifyAudit(records, [first, `${second.slice(0, 40)}`], publicKey), {
    findings: ['heads file, line 2: it is not whole, or was not signed with the audit key'],
    vouchedUntil: minute(1),
  })
  t.match(await verifyAudit(records, [first, second], publicKey), { findings: [], vouchedUntil: minute(2), unsignedEvents: 4 })
})

t.test('a head that was signed after its chain had become shorter or other is named', async (t) => {
  const { records, lines } = makeTrail({ w: 4 }, 4)
  const [short] = records
  if (!short) throw new Error('a link')
  const shrunk = [...lines, headLine([short], minute(9), lines.at(-1), privateKey)]
  t.match(await verifyAudit(records, shrunk, publicKey), {
    findings: ['heads file, line 2: the chain of writer w had become shorter when it was signed'],
    vouchedUntil: minute(1),
  })
  const other = { writer: 'w', sequence: 4, hash: Buffer.alloc(32, 7) }
  const twice = [...lines, headLine([other], minute(9), lines.at(-1), privateKey)]
  t.match(await verifyAudit(records, twice, publicKey), {
    findings: ['writer w: event 4 was signed again at 2026-03-01T12:09:00.000Z with another hash'],
    vouchedUntil: minute(1),
  })
})

/** Numbers from 0 to below `n`, the same in every run. */
function seeded(seed: number): (n: number) => number {
  let state = seed >>> 0
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
}

type Tampering = (trail: Trail, pick: (n: number) => number) => Trail

const FIELDS: readonly ((record: AuditRecord) => AuditRecord)[] = [
  (record) => ({ ...record, at: new Date(record.at.getTime() + 1) }),
  (record) => ({ ...record, actor: `${record.actor}x` }),
  (record) => ({ ...record, action: 'certificate.revoked' }),
  (record) => ({ ...record, object: '' }),
  (record) => ({ ...record, detail: { ...record.detail, ok: 'true' } }),
  (record) => ({ ...record, detail: {} }),
  (record) => ({ ...record, writer: 'somebody' }),
  (record) => ({ ...record, sequence: record.sequence + 100 }),
  (record) => ({ ...record, hash: Buffer.alloc(32) }),
]

const at = <T>(list: readonly T[], index: number): T => {
  const item = list[index]
  if (item === undefined) throw new Error(`nothing at ${index}`)
  return item
}

/** Each touches something at or below the last signed head, and a heads file only before its last line. */
const TAMPERINGS: Readonly<Record<string, Tampering>> = {
  'an edit': ({ records, lines }, pick) => {
    const place = pick(records.length)
    const edit = at(FIELDS, pick(FIELDS.length))
    return { lines, records: records.map((record, index) => (index === place ? edit(record) : record)) }
  },
  'a deletion': ({ records, lines }, pick) => {
    const place = pick(records.length)
    return { lines, records: records.filter((_, index) => index !== place) }
  },
  'two events swapped, with or without their places': ({ records, lines }, pick) => {
    const one = pick(records.length - 1)
    const other = one + 1 + pick(records.length - one - 1)
    const [a, b] = [at(records, one), at(records, other)]
    // Events of different writers have no order between them, so there only a change of places is tampering.
    const keepPlace = pick(2) === 0 || a.writer !== b.writer
    const put = (from: AuditRecord, to: AuditRecord): AuditRecord =>
      keepPlace ? { ...from, writer: to.writer, sequence: to.sequence } : from
    return { lines, records: records.map((record, index) => (index === one ? put(b, a) : index === other ? put(a, b) : record)) }
  },
  'a truncation': ({ records, lines }, pick) => {
    const { writer, sequence } = at(records, pick(records.length))
    return { lines, records: records.filter((record) => record.writer !== writer || record.sequence < sequence) }
  },
  'a writer removed': ({ records, lines }, pick) => {
    const { writer } = at(records, pick(records.length))
    return { lines, records: records.filter((record) => record.writer !== writer) }
  },
  'an edit with all hashes computed anew': ({ records, lines }, pick) => {
    const { writer, sequence } = at(records, pick(records.length))
    const own = records.filter((record) => record.writer === writer)
    const edited = own.map((record) => (record.sequence === sequence ? { ...record, object: 'forged' } : record))
    return {
      lines,
      records: [...records.filter((record) => record.writer !== writer), ...chainEvents(emptyHead(writer), edited)],
    }
  },
  'a deletion with all hashes computed anew': ({ records, lines }, pick) => {
    const { writer, sequence } = at(records, pick(records.length))
    const left = records.filter((record) => record.writer === writer && record.sequence !== sequence)
    return { lines, records: [...records.filter((record) => record.writer !== writer), ...chainEvents(emptyHead(writer), left)] }
  },
  'a line removed': ({ records, lines }, pick) => {
    const place = pick(lines.length - 1)
    return { records, lines: lines.filter((_, index) => index !== place) }
  },
  'two lines swapped': ({ records, lines }, pick) => {
    const place = pick(lines.length - 1)
    const [a, b] = [at(lines, place), at(lines, place + 1)]
    return { records, lines: lines.map((line, index) => (index === place ? b : index === place + 1 ? a : line)) }
  },
  'a character of a line changed': ({ records, lines }, pick) => {
    const place = pick(lines.length)
    const line = at(lines, place)
    const column = pick(line.length)
    const changed = `${line.slice(0, column)}${line[column] === '7' ? '8' : '7'}${line.slice(column + 1)}`
    return { records, lines: lines.map((other, index) => (index === place ? changed : other)) }
  },
  'a line signed with another key': ({ records, lines }, pick) => {
    const place = pick(lines.length)
    const forged = makeTrail({ one: 1 }, 1, generateKeyPairSync('ed25519').privateKey).lines
    return { records, lines: lines.map((line, index) => (index === place ? at(forged, 0) : line)) }
  },
}

const RUNS = 60

for (const [name, tamper] of Object.entries(TAMPERINGS)) {
  t.test(`${name} is found, wherever it is`, async (t) => {
    const unfound: string[] = []
    for (let run = 0; run < RUNS; run++) {
      const pick = seeded(run * 7919 + name.length)
      const perLine = 1 + pick(4)
      const whole = makeTrail({ one: 2 * perLine + pick(10), two: 1 + pick(9), three: 1 + pick(3) }, perLine)
      t.same((await verifyAudit(whole.records, whole.lines, publicKey)).findings, [], `run ${run}: nothing before`)
      const { records, lines } = tamper(whole, pick)
      if ((await verifyAudit(records, lines, publicKey)).findings.length === 0) unfound.push(`run ${run}`)
    }
    t.same(unfound, [])
  })
}
