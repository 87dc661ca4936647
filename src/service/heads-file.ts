/** The file of signed heads and the key that signs them, in the data folder. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type HeadsRemark, headLine, headLineHash } from '../ca/audit-heads.js'
import { encryptKey } from '../ca/key-file.js'
import type { AuditHead, RandomBytes } from '../ca/ports.js'
import type { DataFolder } from './data-folder.js'
import { decryptKeyFile } from './key-cabinet.js'
import { createDurably, readAllIfThere, readIfThere, SECRET_MODE, writeDurably } from './secret-file.js'

/** What everybody may read. */
const PUBLIC_MODE = 0o644

export interface HeadsToAppend {
  readonly heads: readonly AuditHead[]
  readonly remark?: HeadsRemark | undefined
}

/**
 * Appends signed lines and syncs them; where the file has no line yet, `beginning` comes first. What a crash cut off is no
 * line and goes: nobody was told of it. Call it under the heads lock.
 */
export async function appendHeads(
  file: string,
  at: Date,
  key: KeyObject,
  beginning: HeadsToAppend,
  lines: readonly HeadsToAppend[],
): Promise<void> {
  const out = await open(file, constants.O_RDWR | constants.O_CREAT, SECRET_MODE)
  try {
    const last = await lastLine(out)
    const fresh: string[] = []
    for (const { heads, remark } of last.line === undefined ? [beginning, ...lines] : lines)
      fresh.push(headLine(heads, at, fresh.at(-1) ?? last.line, key, remark))
    if (fresh.length === 0) return
    await out.truncate(last.end)
    await out.write(`${fresh.join('\n')}\n`, last.end)
    await out.sync()
  } finally {
    await out.close()
  }
}

/** The last line as events name it: SHA-256 (hex), and the octets of the file up to its end. Undefined: there is none. */
export async function lastHeads(file: string): Promise<{ sha256: string; octets: number } | undefined> {
  const heads = await open(file, constants.O_RDONLY)
  try {
    const { line, end } = await lastLine(heads)
    return line === undefined ? undefined : { sha256: headLineHash(line), octets: end }
  } finally {
    await heads.close()
  }
}

/** First look from the end of the file, in octets; a line with one head has about 350. */
const TAIL_OCTETS = 4_096

/** The last whole line of the file and the offset behind it; the file may be large, so it is read from its end. */
async function lastLine(file: FileHandle): Promise<{ line: string | undefined; end: number }> {
  const { size } = await file.stat()
  for (let octets = Math.min(TAIL_OCTETS, size); ; octets = Math.min(octets * 2, size)) {
    const { buffer } = await file.read(Buffer.alloc(octets), 0, octets, size - octets)
    const ends = buffer.lastIndexOf('\n')
    const begins = ends > 0 ? buffer.lastIndexOf('\n', ends - 1) : -1
    if (begins < 0 && octets < size) continue
    return ends < 0
      ? { line: undefined, end: 0 }
      : { line: buffer.toString('utf8', begins + 1, ends), end: size - octets + ends + 1 }
  }
}

/**
 * The key that signs heads, made where there is none; of several processes at once one makes it. Its public half is written
 * beside it. @throws CaError `issuer-unavailable` for a wrong passphrase.
 */
export async function openAuditKey(
  folder: DataFolder,
  passphrase: string,
  random: RandomBytes,
): Promise<{ readonly key: KeyObject; readonly isNew: boolean }> {
  const kept = await readIfThere(folder.audit.key)
  if (kept === undefined) {
    const fresh = encryptKey(generateKeyPairSync('ed25519').privateKey, passphrase, random)
    const isNew = await createDurably(folder.audit.key, fresh)
    // Read back: at the same moment another process may have made one.
    return { ...(await openAuditKey(folder, passphrase, random)), isNew }
  }
  const key = decryptKeyFile(folder.audit.key, Buffer.from(`${kept}\n`), passphrase)
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  if ((await readAllIfThere(folder.audit.publicKey)) !== publicKey)
    await writeDurably(folder.audit.publicKey, publicKey, PUBLIC_MODE)
  return { key, isNew: false }
}
