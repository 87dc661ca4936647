/** Keys whose private half is published: anybody could use a certificate for one (CA/Browser Forum BR, 6.1.1.3). */
import { CaError } from '../errors.js'

export interface CompromisedKeys {
  /** Where the private key is published, for a known one; undefined for any other. `spkiSha256`: 32 raw octets. */
  has(spkiSha256: Buffer): string | undefined
  readonly size: number
}

/** SHA-256 of SubjectPublicKeyInfo in lower-case hex, blanks, where the key was found. */
const LINE = /^([0-9a-f]{64})\s+(\S.*)$/

/**
 * Reads `data/compromised-keys.txt`: one key a line, `#` for comments. The list that `scripts/collect-compromised-keys.mjs`
 * makes has some dozens of lines; a million would take 200 MB as a Map, so a larger list belongs into the database.
 * @throws CaError `internal` naming the line that is none.
 */
export function loadCompromisedKeys(text: string): CompromisedKeys {
  const provenance = new Map<string, string>()
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, hash, where] = LINE.exec(line) ?? []
    if (hash === undefined || where === undefined) {
      throw new CaError('internal', `compromised keys, line ${i + 1}: want a SHA-256 in hex and where the key is published`)
    }
    provenance.set(hash, where.trim())
  }
  return { has: (spkiSha256) => provenance.get(spkiSha256.toString('hex')), size: provenance.size }
}
