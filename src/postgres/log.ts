/** Where this folder's lines go; a logger of the usual four levels. No line holds a secret. */
export interface Log {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}
