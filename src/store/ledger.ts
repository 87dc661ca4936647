/** The one door for writes: group commit, and the writer's audit chain. */
import type pg from 'pg'
import { chainEvents } from '../ca/audit-chain.js'
import type { AuditHead, AuditRecord, Clock, Ledger } from '../ca/ports.js'
import { CaError } from '../errors.js'
import { createdIds, isBatchable, writeAlone } from './changes.js'
import { isAway, storeFailure } from './failure.js'
import { type Issuance, writeBatch } from './issuances.js'
import { type LedgerSession, openSession, type Writer } from './ledger-session.js'
import type { StoreLog } from './pool.js'
import { createRequestIds } from './request-ids.js'
import { createEntry, type Entry, takeBatch } from './write-queue.js'

/** Most changes that wait; at 1,000 a second more could not be answered in time anyway. */
const MAX_WAITING = 2_000
/** After this a caller is answered even if the database is not: within the two seconds that a call may take. */
const ANSWER_WITHIN_MS = 1_800
/** Between two attempts to reach a database that restarts; the embedded one is back in about 100 ms. */
const RECONNECT_PAUSE_MS = 50
/** Seconds after which a caller may sensibly ask again. */
const RETRY_AFTER_SECONDS = 2
/** For how long an answer to an `Idempotency-Key` is kept; after that its key may be used again. */
const REPLAY_LIFETIME_MS = 24 * 3_600_000

export interface LedgerOptions {
  readonly pool: pg.Pool
  readonly writer: Writer
  readonly clock: Clock
  readonly log: StoreLog
}

export interface OpenLedger extends Ledger {
  /** Last link of the chain that is known to be durable; empty before the first event. */
  heads(): AuditHead[]
  /** Writes what waits, takes nothing more, closes the connection. */
  close(): Promise<void>
}

/**
 * Opens the writer's chain. One batch is under way at a time and what arrives meanwhile forms the next one, so that a
 * writer's sequence and hashes are linear without any lock between processes.
 * @throws CaError `database-unavailable`.
 */
export async function createLedger({ pool, writer, clock, log }: LedgerOptions): Promise<OpenLedger> {
  let session: LedgerSession | undefined = await openSession(pool, writer, undefined)
  let lostBackend: number | undefined
  let head = session.head
  let broken: CaError | undefined
  let closed = false
  let pumping: Promise<void> | undefined
  const waiting: Entry[] = []
  const requestIds = createRequestIds(pool)

  async function pump(): Promise<void> {
    for (let batch = await nextBatch(); batch.length > 0; batch = await nextBatch()) {
      try {
        const open = await reachDatabase(batch)
        if (open !== undefined) await write(open, batch, false)
      } catch (error) {
        loseSession()
        log('error', 'the ledger could not write', { error })
        for (const entry of batch) entry.reject(storeFailure(error))
      }
    }
    pumping = undefined
  }

  /** One turn of the event loop later: what is being signed in this turn goes along, and nobody waits for anything slower. */
  async function nextBatch(): Promise<Entry[]> {
    await new Promise((resolve) => setImmediate(resolve))
    return takeBatch(waiting)
  }

  /** An open connection; undefined when everybody in the batch was answered before there was one. */
  async function reachDatabase(batch: readonly Entry[]): Promise<LedgerSession | undefined> {
    while (session === undefined || !session.isOpen()) {
      if (batch.every((entry) => entry.isAnswered())) return undefined
      loseSession()
      try {
        session = await openSession(pool, writer, lostBackend)
      } catch (error) {
        log('warn', 'the ledger cannot reach the database', { error: storeFailure(error) })
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_PAUSE_MS))
        continue
      }
      lostBackend = undefined
      if (isBehind(session.head, head)) broken ??= lostTrail(head.sequence, session.head.sequence)
      head = session.head
    }
    if (broken !== undefined) for (const entry of batch) entry.reject(broken)
    return broken === undefined ? session : undefined
  }

  function loseSession(): void {
    lostBackend = session?.backend ?? lostBackend
    session?.discard()
    session = undefined
  }

  /** @param alone each change in a transaction of its own: the way that tells which one is at fault. */
  async function write(open: LedgerSession, batch: readonly Entry[], alone: boolean): Promise<void> {
    const links = chainEvents(
      head,
      batch.map((entry) => entry.event),
    )
    try {
      settle(batch, links, await send(open.client, batch, links, alone))
    } catch (error) {
      if (isAway(error)) return recover(batch, links, error)
      // The server refused the statement, so nothing of it was written and the head is where it was.
      if (alone || !batch.every((entry) => isBatchable(entry.change))) {
        for (const entry of batch) entry.reject(storeFailure(error))
        return
      }
      for (const entry of batch) {
        const again = entry.isAnswered() ? undefined : await reachDatabase([entry])
        if (again !== undefined) await write(again, [entry], true)
      }
    }
  }

  async function send(
    client: pg.ClientBase,
    batch: readonly Entry[],
    links: readonly AuditRecord[],
    alone: boolean,
  ): Promise<number[]> {
    const changes = batch.map((entry) => entry.change)
    const [change] = changes
    const [link] = links
    if (change !== undefined && link !== undefined && (alone || !isBatchable(change))) {
      return [await writeAlone(client, link, change, new Date(clock().getTime() - REPLAY_LIFETIME_MS))]
    }
    const issuances = changes.filter((change): change is Issuance => change.kind === 'issuance')
    const ids = await writeBatch(client, links, issuances)
    return changes.map((change) => (change.kind === 'issuance' ? (ids.get(change.certificate.serial) ?? 0) : 0))
  }

  /** The connection was lost under way: the head in the database tells whether the batch was committed. */
  async function recover(batch: readonly Entry[], links: readonly AuditRecord[], cause: unknown): Promise<void> {
    log('warn', 'the ledger lost the database under way', { error: storeFailure(cause), changes: batch.length })
    const before = head
    const last = links.at(-1) ?? before
    loseSession()
    const open = await reachDatabase(batch)
    if (open === undefined) return
    if (isSame(open.head, last)) {
      const changes = batch.map((entry) => entry.change)
      settle(batch, links, await createdIds(open.client, changes))
    } else if (isSame(open.head, before)) waiting.unshift(...batch.filter((entry) => !entry.isAnswered()))
    else {
      broken = lostTrail(last.sequence, open.head.sequence)
      for (const entry of batch) entry.reject(broken)
    }
  }

  function settle(batch: readonly Entry[], links: readonly AuditRecord[], ids: readonly number[]): void {
    head = links.at(-1) ?? head
    for (const [index, entry] of batch.entries()) entry.resolve(ids[index] ?? 0)
  }

  return {
    commit(event, change) {
      if (broken !== undefined) return Promise.reject(broken)
      if (closed) return Promise.reject(unavailable('the service is shutting down'))
      if (waiting.length >= MAX_WAITING)
        return Promise.reject(unavailable(`${MAX_WAITING} changes wait for the database already`))
      const { entry, answer } = createEntry(event, change, ANSWER_WITHIN_MS, () =>
        unavailable('the database did not answer in time, and the change may or may not have been made'),
      )
      waiting.push(entry)
      pumping ??= pump()
      return answer
    },
    nextRequestId: () => requestIds.next(),
    heads: () => (head.sequence === 0 ? [] : [{ writer: head.writer, sequence: head.sequence, hash: head.hash }]),
    async close() {
      closed = true
      await pumping
      session?.discard()
      session = undefined
    },
  }
}

function isSame(one: AuditHead, other: AuditHead): boolean {
  return one.sequence === other.sequence && one.hash.equals(other.hash)
}

/** Whether the database has lost links that were durable, or has others in their place. */
function isBehind(stored: AuditHead, known: AuditHead): boolean {
  return stored.sequence < known.sequence || (stored.sequence === known.sequence && !isSame(stored, known))
}

/** Going on would write behind a gap: everything is refused until a new process begins a new chain. */
function lostTrail(expected: number, found: number): CaError {
  return new CaError(
    'audit-unavailable',
    `the audit trail should end at event ${expected} and ends at event ${found}: the database lost or changed what was durable; verify the trail, then restart the service`,
  )
}

function unavailable(why: string): CaError {
  return new CaError('database-unavailable', `${why}; try again in a few seconds`, { retryAfterSeconds: RETRY_AFTER_SECONDS })
}
