/** Takes one line for the service's log. No line holds a secret. */
export type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
