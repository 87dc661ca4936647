/** Locks between processes: they belong to a database session and go with it, so that a process that dies holding one blocks nobody. */
import { createHash } from 'node:crypto'
import type pg from 'pg'
import { storeFailure } from './failure.js'
import { withSession } from './pool.js'

/** First key of the pair that names each lock; the migrations' lock has a single key and cannot clash with a pair. */
const CREATION = 0x6c706b02
const HEADS = 0x6c706b03

/**
 * Runs the work while no other process makes what must exist once: the CA, the first admin token.
 * @throws what the work throws; CaError `database-unavailable`.
 */
export function withCreationLock<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  return withLock(pool, [CREATION, 0], work)
}

/**
 * Runs the work while no other process appends to the same file of audit heads.
 * @throws what the work throws; CaError `database-unavailable`.
 */
export function withHeadsLock<T>(pool: pg.Pool, file: string, work: () => Promise<T>): Promise<T> {
  return withLock(pool, [HEADS, createHash('sha256').update(file).digest().readInt32BE(0)], work)
}

function withLock<T>(pool: pg.Pool, keys: readonly [number, number], work: () => Promise<T>): Promise<T> {
  return withSession(pool, async (client) => {
    try {
      await client.query('select pg_advisory_lock($1, $2)', [...keys])
    } catch (error) {
      throw storeFailure(error)
    }
    return work()
  })
}
