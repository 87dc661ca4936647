/** What waits to be written: each entry is answered exactly once, at the latest when its time is up. */
import type { AuditEvent, Change } from '../ca/ports.js'
import type { CaError } from '../errors.js'
import { isBatchable } from './changes.js'

/** Most changes in one statement: past this a larger batch gains nothing and the first in it only wait longer. */
const MAX_BATCH = 64

export interface Entry {
  readonly event: AuditEvent
  readonly change: Change
  /** True once answered; such an entry is not written any more if it was not yet. */
  isAnswered(): boolean
  resolve(id: number): void
  reject(error: CaError): void
}

/** An entry and the promise of its answer; after `withinMs` it is rejected with `late()`. */
export function createEntry(
  event: AuditEvent,
  change: Change,
  withinMs: number,
  late: () => CaError,
): { entry: Entry; answer: Promise<number> } {
  const { promise, resolve, reject } = deferred<number>()
  let answered = false
  const settle = (tell: () => void) => {
    if (answered) return
    answered = true
    clearTimeout(timer)
    tell()
  }
  const timer = setTimeout(() => settle(() => reject(late())), withinMs)
  const entry: Entry = {
    event,
    change,
    isAnswered: () => answered,
    resolve: (id) => settle(() => resolve(id)),
    reject: (error) => settle(() => reject(error)),
  }
  return { entry, answer: promise }
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue
    reject = onError
  })
  return { promise, resolve, reject }
}

/**
 * Takes from the front of the queue: the longest run of changes that may share a statement (at most 64), or one that may
 * not. Entries answered already are dropped. Empty: nothing waits.
 */
export function takeBatch(waiting: Entry[]): Entry[] {
  const batch: Entry[] = []
  for (let entry = waiting[0]; entry !== undefined && batch.length < MAX_BATCH; entry = waiting[0]) {
    const batchable = isBatchable(entry.change)
    if (!entry.isAnswered() && !batchable && batch.length > 0) break
    waiting.shift()
    if (entry.isAnswered()) continue
    batch.push(entry)
    if (!batchable) break
  }
  return batch
}
