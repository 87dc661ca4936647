/** A clock that stands still until it is set, and randomness from a seed. */
import { createHash } from 'node:crypto'
import type { Clock, RandomBytes } from '../../src/ca/ports.js'

export interface FixedClock {
  readonly clock: Clock
  /** Milliseconds that `advance` moves and `set` does not. */
  readonly monotonic: () => number
  set(at: string): void
  advance(milliseconds: number): void
}

export function fixedClock(at: string): FixedClock {
  let now = new Date(at).getTime()
  let elapsed = 0
  return {
    clock: () => new Date(now),
    monotonic: () => elapsed,
    set(next) {
      now = new Date(next).getTime()
    },
    advance(milliseconds) {
      now += milliseconds
      elapsed += milliseconds
    },
  }
}

/** The same octets for the same seed: SHA-256 over seed and counter. */
export function seededRandom(seed: string): RandomBytes {
  let counter = 0
  return (octets) => {
    const blocks: Buffer[] = []
    for (let have = 0; have < octets; have += 32) blocks.push(createHash('sha256').update(`${seed}/${counter++}`).digest())
    return Buffer.concat(blocks).subarray(0, octets)
  }
}
