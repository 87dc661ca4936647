/**
 * The audit trail as chains: each writer (one per process) links its events by SHA-256, so that a change anywhere breaks
 * every link behind it, and no lock stands between processes.
 */
import { createHash } from 'node:crypto'
import type { AuditEvent, AuditHead, AuditRecord } from './ports.js'

/** Domain separation: no other hash of this service is ever over these bytes. The number is the encoding's version. */
const EVENT_DOMAIN = 'lab-pki audit event 1'
const GENESIS_DOMAIN = 'lab-pki audit genesis 1'

/** Text that UTF-8 or PostgreSQL cannot hold: U+0000 and halves of surrogate pairs. */
const UNSTORABLE = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g
const REPLACEMENT = '\uFFFD'

/**
 * The event in the form that is hashed and stored: what cannot be stored is replaced by U+FFFD, because what a caller sent
 * must never keep an event from being written. Instants have milliseconds.
 */
export function storableEvent(event: AuditEvent): AuditEvent {
  const { at, actor, action, object, detail } = event
  return { at, actor: storable(actor), action: storable(action), object: storable(object), detail: storableDetail(detail) }
}

function storable(text: string): string {
  return text.replace(UNSTORABLE, REPLACEMENT)
}

function storableDetail(detail: AuditEvent['detail']): AuditEvent['detail'] {
  return Object.fromEntries(
    Object.entries(detail).map(([key, value]) => [storable(key), typeof value === 'string' ? storable(value) : value]),
  )
}

/** Hash that stands before a writer's first event. */
export function genesis(writer: string): Buffer {
  return digest(GENESIS_DOMAIN, [Buffer.from(writer, 'utf8')])
}

/**
 * SHA-256 over a canonical encoding of the predecessor's hash, the writer, the event's place and the event: every field as
 * its length (4 octets, big-endian) and its UTF-8, the instant as RFC 3339 with milliseconds, the detail as JSON with its
 * keys in order of their UTF-16 code units.
 */
export function eventHash(previous: Buffer, writer: string, sequence: number, event: AuditEvent): Buffer {
  const text = [writer, String(sequence), event.at.toISOString(), event.actor, event.action, event.object]
  return digest(EVENT_DOMAIN, [previous, ...[...text, canonicalDetail(event.detail)].map((field) => Buffer.from(field, 'utf8'))])
}

/** The detail as JSON with sorted keys: the text that is hashed. */
export function canonicalDetail(detail: AuditEvent['detail']): string {
  const keys = Object.keys(detail).sort()
  return JSON.stringify(Object.fromEntries(keys.map((key) => [key, detail[key]])))
}

function digest(domain: string, fields: readonly Buffer[]): Buffer {
  const hash = createHash('sha256').update(domain).update('\0')
  const length = Buffer.alloc(4)
  for (const field of fields) {
    length.writeUInt32BE(field.length)
    hash.update(length).update(field)
  }
  return hash.digest()
}

/** The events as the next links behind a head, in their order. */
export function chainEvents(head: AuditHead, events: readonly AuditEvent[]): AuditRecord[] {
  let { sequence, hash } = head
  return events.map((given) => {
    const event = storableEvent(given)
    sequence += 1
    hash = eventHash(hash, head.writer, sequence, event)
    return { ...event, writer: head.writer, sequence, hash }
  })
}

/** The head of a chain without events. */
export function emptyHead(writer: string): AuditHead {
  return { writer, sequence: 0, hash: genesis(writer) }
}

/** What `verifyChains` found out about one writer. */
export interface ChainState {
  /** The last link as stored. */
  readonly head: AuditHead
  /** Up to this link, inclusive, every link follows from its predecessor. */
  readonly intactTo: number
}

/**
 * Follows every chain, calls `visit` with each link and whether all links of its writer up to it hold, and reports each
 * break in a sentence. Links of one writer must come in their order; writers may be mixed.
 */
export async function verifyChains(
  records: Iterable<AuditRecord> | AsyncIterable<AuditRecord>,
  report: (finding: string) => void,
  visit: (record: AuditRecord, intact: boolean) => void,
): Promise<ReadonlyMap<string, ChainState>> {
  const chains = new Map<string, ChainState>()
  for await (const record of records) {
    const { writer, sequence } = record
    const before = chains.get(writer) ?? { head: emptyHead(writer), intactTo: 0 }
    const follows = sequence === before.head.sequence + 1
    const holds = follows && eventHash(before.head.hash, writer, sequence, record).equals(record.hash)
    if (!follows) {
      report(
        `writer ${writer}: event ${sequence} stands behind event ${before.head.sequence}: events are missing or out of order`,
      )
    } else if (!holds) report(`writer ${writer}: event ${sequence} was changed: its hash does not follow from its predecessor`)
    const intact = holds && before.intactTo === before.head.sequence
    // Going on from the stored hash keeps one break from being reported for every later event.
    chains.set(writer, { head: { writer, sequence, hash: record.hash }, intactTo: intact ? sequence : before.intactTo })
    visit(record, intact)
  }
  return chains
}
