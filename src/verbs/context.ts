/** What `main.ts` hands to every verb: the world outside the program, as values. */
import type { Logger } from 'pino'
import type { Clock, RandomBytes } from '../ca/ports.js'
import type { Config } from '../config.js'
import type { Log } from '../service/log.js'

export interface VerbContext {
  readonly config: Config
  readonly clock: Clock
  /** Milliseconds since any moment; never goes back. */
  readonly monotonic: () => number
  readonly random: RandomBytes
  /** Numeric user id of the process, or undefined where the platform has none. */
  readonly uid: number | undefined
  readonly pid: number
  readonly hostname: string
  /** Folder of the installed program: `migrations/`, `templates/`, `examples/`, `data/`. */
  readonly programFolder: string
  /** A result, on stdout. */
  print(line: string): void
  /** A remark for the person at the keyboard, on stderr. */
  say(line: string): void
  /** For Fastify; everything else uses `log`. */
  readonly logger: Logger
  readonly log: Log
  /** Calls back once when the process is asked to end (SIGINT, SIGTERM). */
  onStop(callback: () => void): void
}
