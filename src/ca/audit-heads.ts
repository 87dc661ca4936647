/**
 * Signed heads: the last links of the audit chains, signed with an Ed25519 key that is not in the database and appended to
 * a file. Who changes the database cannot recompute a chain past a signed head without being found.
 */
import { createHash, type KeyObject, sign, verify } from 'node:crypto'
import { verifyChains } from './audit-chain.js'
import type { AuditHead, AuditRecord } from './ports.js'

/** Domain separation for the signature. The number is the line's version. */
const SIGNATURE_DOMAIN = 'lab-pki audit heads 1\0'
/** What the first line names as its predecessor. */
const FIRST_PREVIOUS = '0'.repeat(64)

const HASH_FORM = /^[0-9a-f]{64}$/
const TIME_FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/**
 * One line of the heads file, without the line break: JSON with the time, the heads, the SHA-256 of the line before, and
 * an Ed25519 signature (base64) over all of that.
 */
export function headLine(heads: readonly AuditHead[], at: Date, previousLine: string | undefined, key: KeyObject): string {
  const body: LineBody = {
    version: 1,
    time: at.toISOString(),
    heads: heads.map(({ writer, sequence, hash }) => ({ writer, sequence, hash: hash.toString('hex') })),
    previous: lineHash(previousLine),
  }
  const signature = sign(null, signedBytes(body), key).toString('base64')
  return JSON.stringify({ ...body, signature })
}

interface LineBody {
  readonly version: 1
  readonly time: string
  readonly heads: readonly { readonly writer: string; readonly sequence: number; readonly hash: string }[]
  readonly previous: string
}

function lineHash(line: string | undefined): string {
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
  const { version, time, heads, previous, signature } = value
  if (version !== 1 || typeof time !== 'string' || !TIME_FORM.test(time)) return undefined
  if (typeof previous !== 'string' || !HASH_FORM.test(previous) || typeof signature !== 'string') return undefined
  if (!Array.isArray(heads)) return undefined
  const read = heads.map((head: unknown) => parseHead(head))
  if (read.some((head) => head === undefined)) return undefined
  return { body: { version, time, heads: read.filter((head) => head !== undefined), previous }, signature }
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

/** The result of `verifyAudit`. */
export interface AuditReport {
  /** One sentence per trace of tampering; empty when there is none. */
  readonly findings: readonly string[]
  /** Everything that was signed up to this moment is there and unchanged; undefined: there is no moment. */
  readonly vouchedUntil: Date | undefined
  readonly events: number
  /** Events behind the last signed head of their writer: their chain holds or is among the findings, but nobody signed it. */
  readonly unsignedEvents: number
}

/**
 * Compares the audit trail with the signed heads and finds every edit, deletion, reordering, truncation and recomputed
 * chain below the last signed head, and every change of the heads file but the removal of its last lines, which moves
 * `vouchedUntil` back instead. `records`: the links of each writer in their order. `lines`: the heads file.
 */
export async function verifyAudit(
  records: Iterable<AuditRecord> | AsyncIterable<AuditRecord>,
  lines: Iterable<string> | AsyncIterable<string>,
  publicKey: KeyObject,
): Promise<AuditReport> {
  const findings: string[] = []
  const report = (finding: string) => findings.push(finding)

  // Step 1: the heads file by itself: signatures, links, heads that only grow.
  const { signed, soundLines } = await readLines(lines, publicKey, report)
  const expected = expectedHashes(signed, report)

  // Step 2: the chains, and at each signed place the signed hash.
  const matched = new Set<string>()
  let events = 0
  let unsignedEvents = 0
  const chains = await verifyChains(records, report, (record, intact) => {
    events += 1
    const heads = expected.get(record.writer)
    if (record.sequence > (heads?.last ?? 0)) unsignedEvents += 1
    const head = heads?.at.get(record.sequence)
    if (head === undefined) return
    if (head.hash !== record.hash.toString('hex')) {
      report(
        `writer ${record.writer}: event ${record.sequence} is not the one signed at ${head.time.toISOString()}: the chain was computed anew`,
      )
    } else if (intact) matched.add(placeOf(record))
  })

  // Step 3: what was signed and is not there.
  for (const [writer, { last, at }] of expected) {
    const end = chains.get(writer)?.head.sequence ?? 0
    if (end >= last) continue
    const time = at.get(last)?.time.toISOString()
    report(
      end === 0
        ? `writer ${writer}: all its events are missing; event ${last} was signed at ${time}`
        : `writer ${writer}: events ${end + 1} to ${last} are missing; event ${last} was signed at ${time}`,
    )
  }

  // Step 4: the last line before the first one that does not hold in all its parts.
  let vouchedUntil: Date | undefined
  for (const line of signed.slice(0, soundLines)) {
    if (!line.heads.every((head) => head.sequence === 0 || matched.has(placeOf(head)))) break
    vouchedUntil = line.time
  }
  return { findings, vouchedUntil, events, unsignedEvents }
}

function placeOf(head: AuditHead): string {
  return `${head.hash.toString('hex')} ${head.sequence} ${head.writer}`
}

async function readLines(
  lines: Iterable<string> | AsyncIterable<string>,
  publicKey: KeyObject,
  report: (finding: string) => void,
) {
  const signed: SignedHeads[] = []
  const heights = new Map<string, number>()
  let previousLine: string | undefined
  let number = 0
  let soundLines: number | undefined
  const unsound = (rule: string) => {
    soundLines ??= signed.length
    report(`heads file, line ${number}: ${rule}`)
  }
  for await (const line of lines) {
    number += 1
    const heads = readHeadLine(line, publicKey)
    if (heads === undefined) unsound('it is not whole, or was not signed with the audit key')
    else {
      if (heads.previous !== lineHash(previousLine))
        unsound('it does not follow the line before it: lines are missing, changed or out of order')
      const shrunk = heads.heads.find((head) => head.sequence < (heights.get(head.writer) ?? 0))
      if (shrunk !== undefined) unsound(`the chain of writer ${shrunk.writer} had become shorter when it was signed`)
      for (const head of heads.heads) heights.set(head.writer, Math.max(head.sequence, heights.get(head.writer) ?? 0))
      signed.push(heads)
    }
    previousLine = line
  }
  return { signed, soundLines: soundLines ?? signed.length }
}

interface ExpectedHashes {
  /** Highest signed place. */
  last: number
  readonly at: Map<number, { readonly hash: string; readonly time: Date }>
}

function expectedHashes(signed: readonly SignedHeads[], report: (finding: string) => void): Map<string, ExpectedHashes> {
  const expected = new Map<string, ExpectedHashes>()
  for (const { heads, time } of signed) {
    for (const { writer, sequence, hash } of heads) {
      const of = expected.get(writer) ?? { last: 0, at: new Map() }
      of.last = Math.max(of.last, sequence)
      // The first signature over a place counts: a later, different one was made over a changed chain.
      const first = of.at.get(sequence)
      if (first === undefined) of.at.set(sequence, { hash: hash.toString('hex'), time })
      else if (first.hash !== hash.toString('hex')) {
        report(`writer ${writer}: event ${sequence} was signed again at ${time.toISOString()} with another hash`)
      }
      expected.set(writer, of)
    }
  }
  return expected
}
