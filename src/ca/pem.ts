/** PEM as RFC 7468 has it, for the files that this service itself writes and reads. What people paste is read by `paste.ts`. */
import { CaError } from '../errors.js'

/** Base64 characters on a line (RFC 7468, 2); every console of an ASA takes it. */
export const PEM_COLUMNS = 64

export interface PemBlock {
  readonly label: string
  readonly der: Buffer
}

/** One PEM block: 64 columns, LF, a final newline. */
export function pem(label: string, der: Buffer): string {
  return `-----BEGIN ${label}-----\n${wrapBase64(der)}-----END ${label}-----\n`
}

/** The base64 lines of a PEM block without its encapsulation lines; each ends in LF. */
export function wrapBase64(der: Buffer): string {
  const base64 = der.toString('base64')
  let lines = ''
  for (let at = 0; at < base64.length; at += PEM_COLUMNS) lines += `${base64.slice(at, at + PEM_COLUMNS)}\n`
  return lines
}

const BEGIN_LINE = /^-----BEGIN ([A-Z0-9][A-Z0-9 #]*)-----$/
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/**
 * The blocks of one of our own files in their order; text between blocks is explanatory and skipped (RFC 7468, 5.2).
 * Strict: a block ends with its own label, holds nothing but base64 in canonical form, and no headers.
 * @throws CaError `internal` that names the label and never the content.
 */
export function parsePemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = []
  let label: string | undefined
  let base64 = ''
  for (const rawLine of text.split('\n')) {
    const line = rawLine.trim()
    const begins = BEGIN_LINE.exec(line)?.[1]
    if (label === undefined) {
      if (begins !== undefined) {
        label = begins
        base64 = ''
      }
    } else if (line === `-----END ${label}-----`) {
      const der = Buffer.from(base64, 'base64')
      if (!BASE64.test(base64) || der.toString('base64') !== base64) throw broken(label, 'holds something that is not base64')
      blocks.push({ label, der })
      label = undefined
    } else if (begins !== undefined) {
      throw broken(label, 'is not closed before the next one begins')
    } else base64 += line
  }
  if (label !== undefined) throw broken(label, 'has no END line')
  return blocks
}

function broken(label: string, rule: string): CaError {
  return new CaError('internal', `the PEM block ${label} ${rule}`)
}
