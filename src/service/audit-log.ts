/** The ledger together with the signed heads of its audit chain: opened, kept up to date, and closed as one. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type pg from 'pg'
import { headLine } from '../ca/audit-heads.js'
import { encryptKey } from '../ca/key-file.js'
import type { AuditHead, Clock, Ledger, RandomBytes } from '../ca/ports.js'
import { withHeadsLock } from '../store/advisory-locks.js'
import { readAuditHeads } from '../store/audit.js'
import { createLedger } from '../store/ledger.js'
import type { DataFolder } from './data-folder.js'
import { decryptKeyFile } from './key-cabinet.js'
import type { Log } from './log.js'
import { createDurably, readAllIfThere, readIfThere, SECRET_MODE, writeDurably } from './secret-file.js'

const DAY_MS = 24 * 3600 * 1000
/** Heads are signed at the latest after so many events … */
const SIGN_EVERY_EVENTS = 1_000
/** … and, by the caller's clockwork, every minute. Two missed minutes are a fault. */
const FAULT_AFTER_MS = 150_000
/** What other writers left unsigned when they were killed is looked for this far back. */
const LOOK_BACK_MS = 7 * DAY_MS
/** What everybody may read. */
const PUBLIC_MODE = 0o644
/** How an audit writer is named: random, so that no two processes ever share a chain. */
const WRITER_OCTETS = 16

export interface OpenLedger extends Ledger {
  /** Signs the chain's head and appends it, if there is anything new. Never throws; see `fault`. */
  signHeads(): Promise<void>
  /** A sentence while heads cannot be signed. */
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

export async function openLedger(
  context: AuditLogContext,
  folder: DataFolder,
  pool: pg.Pool,
  passphrase: string,
): Promise<OpenLedger> {
  const key = await openAuditKey(folder, passphrase, context.random)
  const id = context.random(WRITER_OCTETS).toString('hex')
  const { clock, log } = context
  const startedAt = clock()
  const ledger = await createLedger({ pool, writer: { id, startedAt, host: context.hostname, pid: context.pid }, clock, log })
  let signedSequence = 0
  /** What killed writers left unsigned is signed once; again and again until that succeeds. */
  let leftBehindDue = true
  let signingQueued = false
  let failedSince: number | undefined
  let turn: Promise<void> = Promise.resolve()

  const lastSequence = (): number => ledger.heads()[0]?.sequence ?? 0

  async function leftBehind(): Promise<AuditHead[]> {
    const heads = await readAuditHeads(pool, new Date(clock().getTime() - LOOK_BACK_MS))
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
        if (heads.length > 0) await appendHead(folder.audit.heads, heads, clock(), key)
        return own[0]?.sequence ?? 0
      })
      leftBehindDue = false
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

  // At once: what a killed process left unsigned, and this writer's beginning.
  await signHeads()

  return {
    async commit(event, change) {
      const created = await ledger.commit(event, change)
      // Not awaited: the event is durable; the signature over it may come a moment later.
      signWhenMany()
      return created
    },
    nextRequestId: () => ledger.nextRequestId(),
    signHeads,
    fault: () =>
      failedSince !== undefined && clock().getTime() - failedSince > FAULT_AFTER_MS
        ? `the audit trail has not been signed since ${new Date(failedSince).toISOString()}; see the log`
        : undefined,
    async close() {
      await ledger.close()
      await signHeads()
    },
  }
}

/** Appends one signed line and syncs it. What a crash cut off is no line and goes: nobody was told of it. */
async function appendHead(file: string, heads: readonly AuditHead[], at: Date, key: KeyObject): Promise<void> {
  const out = await open(file, constants.O_RDWR | constants.O_CREAT, SECRET_MODE)
  try {
    const { line, end } = await lastLine(out)
    await out.truncate(end)
    await out.write(`${headLine(heads, at, line, key)}\n`, end)
    await out.sync()
  } finally {
    await out.close()
  }
}

/** First look from the end of the file, in octets; a line with one head has about 350. */
const TAIL_OCTETS = 4_096

/** The last whole line of the file and the offset behind it; the file may be large, so it is read from its end. */
async function lastLine(file: FileHandle): Promise<{ line: string | undefined; end: number }> {
  const { size } = await file.stat()
  for (let octets = Math.min(TAIL_OCTETS, size); ; octets = Math.min(octets * 2, size)) {
    const { buffer } = await file.read(Buffer.alloc(octets), 0, octets, size - octets)
    const ends = buffer.lastIndexOf('\n')
    const begins = ends > 0 ? buffer.lastIndexOf('\n', ends - 1) : -1
    if (begins < 0 && octets < size) continue
    return ends < 0
      ? { line: undefined, end: 0 }
      : { line: buffer.toString('utf8', begins + 1, ends), end: size - octets + ends + 1 }
  }
}

async function openAuditKey(folder: DataFolder, passphrase: string, random: RandomBytes): Promise<KeyObject> {
  const kept = await readIfThere(folder.audit.key)
  if (kept === undefined) {
    await createDurably(folder.audit.key, encryptKey(generateKeyPairSync('ed25519').privateKey, passphrase, random))
    // Made here or, at the same moment, by another process.
    return openAuditKey(folder, passphrase, random)
  }
  const key = decryptKeyFile(folder.audit.key, Buffer.from(`${kept}\n`), passphrase)
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  if ((await readAllIfThere(folder.audit.publicKey)) !== publicKey)
    await writeDurably(folder.audit.publicKey, publicKey, PUBLIC_MODE)
  return key
}
