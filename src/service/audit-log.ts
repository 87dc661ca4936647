/** The ledger together with the signed heads of its audit chain: opened, kept up to date, and closed as one. */
import type pg from 'pg'
import { auditKeyName, type HeadsRemark } from '../ca/audit-heads.js'
import type { AuditHead, Clock, Ledger, RandomBytes } from '../ca/ports.js'
import { SIGNED_ACTION } from '../ca/verify-audit.js'
import { CaError } from '../errors.js'
import { withHeadsLock } from '../store/advisory-locks.js'
import { hasHistory, readAuditHeads } from '../store/audit.js'
import { createLedger } from '../store/ledger.js'
import type { DataFolder } from './data-folder.js'
import { appendHeads, type HeadsToAppend, lastHeads, openAuditKey } from './heads-file.js'
import type { Log } from './log.js'

const DAY_MS = 24 * 3600 * 1000
/** Heads are signed at the latest after so many events … */
const SIGN_EVERY_EVENTS = 1_000
/** … and, by the caller's clockwork, every minute. Two missed minutes are a fault. */
const FAULT_AFTER_MS = 150_000
/** What other writers left unsigned when they were killed is looked for this far back. */
const LOOK_BACK_MS = 7 * DAY_MS
/** The last line of the heads file is named in the trail so often: who cuts the file has to cut the trail as well. */
const RECORD_EVERY_MS = 3600 * 1000
/** While writing fails it is tried again at most so often. */
const PROBE_EVERY_MS = 2_000
/** Failures of the database; others are the caller's. */
const WRITE_FAILURES: ReadonlySet<string> = new Set(['database-unavailable', 'audit-unavailable'])
const WRITER_OCTETS = 16

export interface OpenLedger extends Ledger {
  /** Signs the chain's head and appends it, if there is anything new. Never throws; see `fault`. */
  signHeads(): Promise<void>
  /**
   * Signs the head, and names the last line of the heads file in an event: at the first call, once an hour, and as long as
   * writing fails, to find out when it is over. Never throws.
   */
  tend(): Promise<void>
  /** Whether every event of this process, and all that it found, stands below a signed head. */
  isSigned(): boolean
  /** A sentence while events cannot be written or heads cannot be signed. */
  fault(): string | undefined
  /** Waits for what is being written, signs the last head, ends. */
  close(): Promise<void>
}

export interface AuditLogContext {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly hostname: string
  readonly pid: number
  readonly log: Log
}

/** How an audit writer is named: at random, so that no two processes ever share a chain. */
export function newWriter(random: RandomBytes): string {
  return random(WRITER_OCTETS).toString('hex')
}

/** @param after `restore`: the database has just been restored, and what was signed before and is not in it is given up. */
export async function openLedger(
  context: AuditLogContext,
  folder: DataFolder,
  pool: pg.Pool,
  passphrase: string,
  after?: 'restore',
): Promise<OpenLedger> {
  const { key, isNew } = await openAuditKey(folder, passphrase, context.random)
  /** What a first line has to say: the file began with this process's database, or lost what was in it. */
  let beginning: HeadsRemark | undefined = (await hasHistory(pool)) ? (isNew ? 'began-with-new-key' : 'began-anew') : undefined
  let restoreDue = after === 'restore'
  const id = newWriter(context.random)
  const { clock, log } = context
  const startedAt = clock()
  const ledger = await createLedger({ pool, writer: { id, startedAt, host: context.hostname, pid: context.pid }, clock, log })
  let signedSequence = 0
  /** What killed writers left unsigned is signed once; again and again until that succeeds. */
  let leftBehindDue = true
  let signingQueued = false
  let failedSince: number | undefined
  /** Since the first write that failed, until one succeeds. */
  let unwrittenSince: number | undefined
  let probedAt = Number.NEGATIVE_INFINITY
  let recordedAt: number | undefined
  let turn: Promise<void> = Promise.resolve()

  const lastSequence = (): number => ledger.heads()[0]?.sequence ?? 0

  async function leftBehind(): Promise<AuditHead[]> {
    const heads = await readAuditHeads(pool, restoreDue ? new Date(0) : new Date(clock().getTime() - LOOK_BACK_MS))
    return heads.filter((head) => head.writer !== id)
  }

  async function signNow(): Promise<void> {
    if (lastSequence() === signedSequence && !leftBehindDue) return
    try {
      signedSequence = await withHeadsLock(pool, folder.audit.heads, async () => {
        // Read under the lock: an older head of a writer behind a newer one would look as if its chain had been cut.
        const others = leftBehindDue ? await leftBehind() : []
        const own = ledger.heads()
        const heads = [...others, ...own]
        const lines: HeadsToAppend[] = restoreDue ? [{ heads, remark: 'restored' }] : heads.length > 0 ? [{ heads }] : []
        await appendHeads(folder.audit.heads, clock(), key, { heads: [], remark: beginning }, lines)
        return own[0]?.sequence ?? 0
      })
      leftBehindDue = false
      restoreDue = false
      // A file that is empty again has lost lines, with a key that signed them.
      beginning = 'began-anew'
      failedSince = undefined
    } catch (error) {
      failedSince ??= clock().getTime()
      log('warn', 'the audit head could not be signed', { error })
    }
  }

  const signHeads = (): Promise<void> => {
    turn = turn.then(signNow)
    return turn
  }

  function signWhenMany(): void {
    // After a failure the clockwork tries again, not every commit.
    if (signingQueued || failedSince !== undefined || lastSequence() - signedSequence < SIGN_EVERY_EVENTS) return
    signingQueued = true
    void signHeads().then(() => {
      signingQueued = false
    })
  }

  async function commit(...[event, change]: Parameters<Ledger['commit']>): Promise<number> {
    try {
      const created = await ledger.commit(event, change)
      unwrittenSince = undefined
      // Not awaited: the event is durable; the signature over it may come a moment later.
      signWhenMany()
      return created
    } catch (error) {
      if (error instanceof CaError && WRITE_FAILURES.has(error.code)) unwrittenSince ??= clock().getTime()
      throw error
    }
  }

  async function recordHeads(): Promise<void> {
    const at = clock()
    const last = await lastHeads(folder.audit.heads)
    if (last === undefined) return
    const detail = { key: auditKeyName(key), ...last }
    await commit({ at, actor: 'system', action: SIGNED_ACTION, object: 'heads.jsonl', detail }, { kind: 'none' })
    recordedAt = at.getTime()
  }

  async function tend(): Promise<void> {
    await signHeads()
    const isDue = recordedAt === undefined || Math.abs(clock().getTime() - recordedAt) >= RECORD_EVERY_MS
    if (!isDue && unwrittenSince === undefined) return
    await recordHeads().catch((error: unknown) => log('warn', 'the signed head could not be named in the trail', { error }))
  }

  /** While nothing is written nobody else would find out that it works again: who asks for health must not wait for a call. */
  function probe(): void {
    const now = clock().getTime()
    if (Math.abs(now - probedAt) < PROBE_EVERY_MS) return
    probedAt = now
    void tend()
  }

  // At once: what a killed process left unsigned, and the file's beginning, before there is any event to be cut off.
  await signHeads()

  return {
    commit,
    nextRequestId: () => ledger.nextRequestId(),
    signHeads,
    tend,
    isSigned: () => !leftBehindDue && lastSequence() === signedSequence,
    fault() {
      if (unwrittenSince !== undefined) {
        probe()
        return `nothing could be written to the database since ${new Date(unwrittenSince).toISOString()}; see the log`
      }
      return failedSince !== undefined && clock().getTime() - failedSince > FAULT_AFTER_MS
        ? `the audit trail has not been signed since ${new Date(failedSince).toISOString()}; see the log`
        : undefined
    },
    async close() {
      await ledger.close()
      await signHeads()
    },
  }
}
