/** What `main.ts` hands to a verb, over a database of the test: a clock that stands still, and what was printed and said. */
import { join } from 'node:path'
import { pino } from 'pino'
import type { Test } from 'tap'
import { loadConfig } from '../../src/config.js'
import type { VerbContext } from '../../src/verbs/context.js'
import { createTestDatabase, type TestDatabase } from './database.js'
import { type FixedClock, fixedClock, seededRandom } from './fixed-world.js'
import { dataFolder, PROGRAM } from './service.js'

export interface TestVerb {
  readonly context: VerbContext
  readonly database: TestDatabase
  readonly time: FixedClock
  /** Lines on stdout; and, in `said`, on stderr. */
  readonly printed: string[]
  readonly said: string[]
}

export async function verbContext(t: Test, overrides: Partial<VerbContext> = {}): Promise<TestVerb> {
  const database = await createTestDatabase(t)
  const { user, password, port, host } = database
  const url = `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/${database.database}?host=${encodeURIComponent(host)}`
  const time = fixedClock('2026-03-01T12:00:00.000Z')
  const printed: string[] = []
  const said: string[] = []
  const context: VerbContext = {
    config: loadConfig({ LAB_PKI_DATA: join(dataFolder(t), 'data'), DATABASE_URL: url }),
    clock: time.clock,
    monotonic: time.monotonic,
    random: seededRandom('verb'),
    uid: process.getuid?.(),
    pid: 4711,
    hostname: 'asa-lab',
    programFolder: PROGRAM,
    print: (line) => void printed.push(line),
    say: (line) => void said.push(line),
    logger: pino({ level: 'silent' }),
    log: () => {},
    onStop: () => {},
    ...overrides,
  }
  return { context, database, time, printed, said }
}
