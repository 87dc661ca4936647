/**
 * Signed heads: the last links of the audit chains, signed with an Ed25519 key that is not in the database and appended to
 * a file. Who changes the database cannot recompute a chain past a signed head without being found.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import type { AuditHead } from './ports.js'

/** Domain separation for the signature. The number is the line's version. */
const SIGNATURE_DOMAIN = 'lab-pki audit heads 1\0'
/** What the first line names as its predecessor. */
const FIRST_PREVIOUS = '0'.repeat(64)

const KEY_NAME_DIGITS = 16
const HASH_FORM = /^[0-9a-f]{64}$/
const TIME_FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/**
 * Why a line is not the ordinary next one. `began-anew`: a first line although the database held events already and the key
 * was there; `began-with-new-key`: the same with a key made just then (a further server, or a lost folder); `restored`: its
 * heads are all that a restore put into the database, and what was signed above them is given up.
 */
export type HeadsRemark = 'began-anew' | 'began-with-new-key' | 'restored'
const REMARKS: readonly unknown[] = ['began-anew', 'began-with-new-key', 'restored'] satisfies HeadsRemark[]

/**
 * One line of the heads file, without the line break: JSON with the time, the heads, the SHA-256 of the line before, a
 * remark where there is one, and an Ed25519 signature (base64) over all of that.
 */
export function headLine(
  heads: readonly AuditHead[],
  at: Date,
  previousLine: string | undefined,
  key: KeyObject,
  remark?: HeadsRemark,
): string {
  const body: LineBody = {
    version: 1,
    time: at.toISOString(),
    heads: heads.map(({ writer, sequence, hash }) => ({ writer, sequence, hash: hash.toString('hex') })),
    previous: headLineHash(previousLine),
    ...(remark && { remark }),
  }
  const signature = sign(null, signedBytes(body), key).toString('base64')
  return JSON.stringify({ ...body, signature })
}

interface LineBody {
  readonly version: 1
  readonly time: string
  readonly heads: readonly { readonly writer: string; readonly sequence: number; readonly hash: string }[]
  readonly previous: string
  readonly remark?: HeadsRemark
}

/** How events name an audit key: the first 64 bits of its public key's SHA-256, in hex. @param key either half. */
export function auditKeyName(key: KeyObject): string {
  const spki = (key.type === 'public' ? key : createPublicKey(key)).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('hex').slice(0, KEY_NAME_DIGITS)
}

/** SHA-256 (hex) by which the next line, and events, name a line; zeros stand for no line. */
export function headLineHash(line: string | undefined): string {
  return line === undefined ? FIRST_PREVIOUS : createHash('sha256').update(line, 'utf8').digest('hex')
}

function signedBytes(body: LineBody): Buffer {
  return Buffer.from(SIGNATURE_DOMAIN + JSON.stringify(body), 'utf8')
}

/** What a line says, when it is in exactly the form of `headLine` and its signature is the key's. */
export interface SignedHeads {
  readonly time: Date
  readonly heads: readonly AuditHead[]
  /** SHA-256 (hex) of the line before it. */
  readonly previous: string
  readonly remark: HeadsRemark | undefined
}

/** Reads a line of the heads file; undefined when it is malformed or not signed by the key. */
export function readHeadLine(line: string, publicKey: KeyObject): SignedHeads | undefined {
  const parsed = parseLine(line)
  if (parsed === undefined) return undefined
  const { body, signature } = parsed
  const canonical = JSON.stringify({ ...body, signature }) === line
  if (!canonical || !verify(null, signedBytes(body), publicKey, Buffer.from(signature, 'base64'))) return undefined
  return {
    time: new Date(body.time),
    heads: body.heads.map(({ writer, sequence, hash }) => ({ writer, sequence, hash: Buffer.from(hash, 'hex') })),
    previous: body.previous,
    remark: body.remark,
  }
}

function parseLine(line: string): { body: LineBody; signature: string } | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!isRecord(value)) return undefined
  const { version, time, heads, previous, remark, signature } = value
  if (version !== 1 || typeof time !== 'string' || !TIME_FORM.test(time)) return undefined
  if (typeof previous !== 'string' || !HASH_FORM.test(previous) || typeof signature !== 'string') return undefined
  if (!Array.isArray(heads) || !isRemark(remark)) return undefined
  const read = heads.map((head: unknown) => parseHead(head))
  if (read.some((head) => head === undefined)) return undefined
  const known = read.filter((head) => head !== undefined)
  return { body: { version, time, heads: known, previous, ...(remark && { remark }) }, signature }
}

function isRemark(remark: unknown): remark is HeadsRemark | undefined {
  return remark === undefined || REMARKS.includes(remark)
}

function parseHead(head: unknown): LineBody['heads'][number] | undefined {
  if (!isRecord(head)) return undefined
  const { writer, sequence, hash } = head
  if (typeof writer !== 'string' || typeof sequence !== 'number' || typeof hash !== 'string') return undefined
  return Number.isSafeInteger(sequence) && HASH_FORM.test(hash) ? { writer, sequence, hash } : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
