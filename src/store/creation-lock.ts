/** Lets one process at a time make what must exist once: the CA, the first admin token, the service's own token. */
import type pg from 'pg'
import { storeFailure } from './failure.js'
import { withSession } from './pool.js'

/** Key of the advisory lock; any fixed number other than the migrations' does. */
const CREATION_LOCK = 0x6c706b02

/**
 * Runs the work while no other process runs any under this lock. The lock belongs to the session and goes with it, so
 * that a process that dies inside never blocks the next.
 * @throws what the work throws; CaError `database-unavailable`.
 */
export function withCreationLock<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  return withSession(pool, async (client) => {
    try {
      await client.query('select pg_advisory_lock($1)', [CREATION_LOCK])
    } catch (error) {
      throw storeFailure(error)
    }
    return work()
  })
}
