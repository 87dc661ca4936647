/** A backup that is not made or not restored; the message says why and what to do, and holds no data. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}
