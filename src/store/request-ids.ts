/** Ids for requests, taken from the database in blocks so that most calls cost no round trip. */
import type pg from 'pg'
import { takeRequestIds } from './requests.js'

/** Ids taken at once: one round trip in 32 requests, and at most 32 ids lost when a process ends. */
const BLOCK = 32

export interface RequestIds {
  /** @throws CaError `database-unavailable`. */
  next(): Promise<number>
}

export function createRequestIds(pool: pg.Pool): RequestIds {
  const ids: number[] = []
  let filling: Promise<void> | undefined

  async function fill(): Promise<void> {
    try {
      ids.push(...(await takeRequestIds(pool, BLOCK)))
    } finally {
      filling = undefined
    }
  }

  return {
    async next() {
      for (;;) {
        const id = ids.shift()
        if (id !== undefined) return id
        // Whoever comes while a block is on its way waits for the same one.
        filling ??= fill()
        await filling
      }
    },
  }
}
