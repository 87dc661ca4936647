/** The log: one JSON line an entry on stderr, by the logger that Fastify uses too. No entry holds a secret or a paste. */
import { destination, type Logger, pino } from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
/** Takes one entry; an `error` in `detail` shows its name and message, and nothing of a CaError's cause. */
export type Log = (level: LogLevel, message: string, detail?: Readonly<Record<string, unknown>>) => void

/** File descriptor of stderr: stdout belongs to the start block and to what verbs print. */
const STDERR = 2

/** The process's logger; written at once, so that the last words of a crash are not lost. */
export function openLogger(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination({ fd: STDERR, sync: true }))
}

export function createLog(logger: Logger): Log {
  return (level, message, detail) => logger[level](plain(detail), message)
}

function plain(detail: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  const entries = Object.entries(detail ?? {})
  return Object.fromEntries(
    entries.map(([key, value]) => [key, value instanceof Error ? `${value.name}: ${value.message}` : value]),
  )
}
