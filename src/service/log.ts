/** The log: one JSON line an entry on stderr. What goes in holds no secret by construction; see the test that greps a whole run. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type Log = (level: LogLevel, message: string, detail?: Readonly<Record<string, unknown>>) => void

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** @param write takes whole lines. @param clock stamps them. */
export function createLog(threshold: LogLevel | 'silent', write: (line: string) => void, clock: () => Date): Log {
  const from = threshold === 'silent' ? LEVELS.length : LEVELS.indexOf(threshold)
  return (level, message, detail) => {
    if (LEVELS.indexOf(level) < from) return
    write(`${JSON.stringify({ time: clock().toISOString(), level, message, ...plain(detail) })}\n`)
  }
}

/** Errors become their name and message; a stack stays out unless the error is of nobody's making. */
function plain(detail: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(detail ?? {}))
    out[key] = value instanceof Error ? `${value.name}: ${value.message}` : value
  return out
}
