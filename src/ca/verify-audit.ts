/** Holds the audit trail and the file of signed heads against each other: each shows what was cut off the other. */
import type { KeyObject } from 'node:crypto'
import { verifyChains } from './audit-chain.js'
import { auditKeyName, headLineHash, readHeadLine, type SignedHeads } from './audit-heads.js'
import type { AuditHead, AuditRecord } from './ports.js'

/** Event by which a service names the last line of its heads file: `detail` has `key`, `octets` (of the file) and `sha256`. */
export const SIGNED_ACTION = 'audit.signed'

/** The result of `verifyAudit`. */
export interface AuditReport {
  /** One sentence per trace of tampering; empty when there is none. */
  readonly findings: readonly string[]
  /** What explains a gap and is no tampering by itself: a restore, a further server. */
  readonly notes: readonly string[]
  /** Everything that was signed up to this moment is there and unchanged; undefined: there is no moment. */
  readonly vouchedUntil: Date | undefined
  readonly events: number
  /** Events behind the last signed head of their writer: their chain holds or is among the findings, but nobody signed it. */
  readonly unsignedEvents: number
}

/**
 * Compares the audit trail with the signed heads and finds every edit, deletion, reordering, truncation and recomputed
 * chain below the last signed head, and every change of the heads file; a removal of its last lines where an event in the
 * trail names one of them, and else by `vouchedUntil`, which moves back. What a signed restore gave up is a note.
 * @param records the links of each writer in their order. @param lines the heads file. @param options `copy`: an earlier
 * copy of the heads file, which rightly lacks the latest lines.
 */
export async function verifyAudit(
  records: Iterable<AuditRecord> | AsyncIterable<AuditRecord>,
  lines: Iterable<string> | AsyncIterable<string>,
  publicKey: KeyObject,
  options: { readonly copy?: boolean } = {},
): Promise<AuditReport> {
  const findings: string[] = []
  const notes: string[] = []
  const report = (finding: string) => findings.push(finding)

  // Step 1: the heads file by itself: signatures, links, heads that only grow, how it began, what was restored.
  const { signed, soundLines, hashes } = await readLines(lines, publicKey, report)
  for (const line of signed) tellBeginning(line, report, (note) => notes.push(note))
  const restores = signed.flatMap((line, index) => (line.remark === 'restored' ? [restoreAt(line, index)] : []))
  const expected = expectedHashes(signed, report, (note) => notes.push(note))

  // Step 2: the chains, and at each signed place the signed hash.
  const matched = new Set<string>()
  const named: AuditRecord[] = []
  let events = 0
  let unsignedEvents = 0
  const chains = await verifyChains(records, report, (record, intact) => {
    events += 1
    if (record.action === SIGNED_ACTION) named.push(record)
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

  // Step 4: the lines that the trail names and that are not there.
  const key = auditKeyName(publicKey)
  const lost = named.filter(({ detail }) => detail.key === key && !hashes.has(String(detail.sha256)))
  const end = signed.at(-1)?.time
  const isExplained = (record: AuditRecord) =>
    restores.some((restore) => record.sequence <= (restore.heads.get(record.writer)?.sequence ?? 0)) ||
    (options.copy === true && end !== undefined && record.at >= end)
  const removed = lost.filter((record) => !isExplained(record))
  if (removed.length > 0) report(`heads file: its last line of ${firstTime(removed)} is missing: lines were removed from its end`)
  if (lost.length > removed.length) notes.push('the heads file is older than the events that name its lines: it was a copy')
  const others = named.filter(({ detail }) => detail.key !== key)
  if (others.length > 0) {
    const keys = [...new Set(others.map(({ detail }) => String(detail.key)))].sort().join(', ')
    notes.push(`heads were signed with other audit keys too (${keys}): verify with the heads files of those as well`)
  }

  // Step 5: the last line before the first one that does not hold in all its parts.
  const holds = (head: AuditHead) => head.sequence === 0 || matched.has(placeOf(head))
  const isGivenUp = (head: AuditHead, index: number) =>
    restores.some((restore) => {
      const kept = restore.heads.get(head.writer)
      return restore.index > index && head.sequence > (kept?.sequence ?? 0) && (kept === undefined || holds(kept))
    })
  let vouchedUntil: Date | undefined
  for (const [index, line] of signed.slice(0, soundLines).entries()) {
    if (!line.heads.every((head) => holds(head) || isGivenUp(head, index))) break
    vouchedUntil = line.time
  }
  return { findings, notes, vouchedUntil, events, unsignedEvents }
}

function placeOf(head: AuditHead): string {
  return `${head.hash.toString('hex')} ${head.sequence} ${head.writer}`
}

function firstTime(records: readonly AuditRecord[]): string {
  return new Date(Math.min(...records.map(({ at }) => at.getTime()))).toISOString()
}

function tellBeginning({ remark, time }: SignedHeads, report: (finding: string) => void, note: (note: string) => void): void {
  const at = time.toISOString()
  if (remark === 'began-anew') {
    report(`the heads file began anew at ${at}, when its key had signed and the database held events: earlier lines were removed`)
  } else if (remark === 'began-with-new-key') {
    note(`the heads file and its key were made at ${at}, when the database held events: verify those with the heads file before`)
  }
}

function restoreAt({ heads }: SignedHeads, index: number) {
  return { index, heads: new Map(heads.map((head) => [head.writer, head])) }
}

async function readLines(
  lines: Iterable<string> | AsyncIterable<string>,
  publicKey: KeyObject,
  report: (finding: string) => void,
) {
  const signed: SignedHeads[] = []
  const hashes = new Set<string>()
  let heights = new Map<string, number>()
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
      if (heads.previous !== headLineHash(previousLine))
        unsound('it does not follow the line before it: lines are missing, changed or out of order')
      if (heads.remark === 'restored') heights = new Map()
      const shrunk = heads.heads.find((head) => head.sequence < (heights.get(head.writer) ?? 0))
      if (shrunk !== undefined) unsound(`the chain of writer ${shrunk.writer} had become shorter when it was signed`)
      for (const head of heads.heads) heights.set(head.writer, Math.max(head.sequence, heights.get(head.writer) ?? 0))
      signed.push(heads)
    }
    previousLine = line
    hashes.add(headLineHash(line))
  }
  return { signed, soundLines: soundLines ?? signed.length, hashes }
}

interface ExpectedHashes {
  /** Highest signed place that no restore has given up. */
  last: number
  readonly at: Map<number, { readonly hash: string; readonly time: Date }>
}

function expectedHashes(
  signed: readonly SignedHeads[],
  report: (finding: string) => void,
  note: (note: string) => void,
): Map<string, ExpectedHashes> {
  const expected = new Map<string, ExpectedHashes>()
  for (const { heads, time, remark } of signed) {
    if (remark === 'restored') {
      const kept = new Map(heads.map((head) => [head.writer, head.sequence]))
      let lost = 0
      for (const [writer, of] of expected) {
        const last = Math.min(of.last, kept.get(writer) ?? 0)
        lost += of.last - last
        of.last = last
      }
      note(`the database was restored at ${time.toISOString()}; ${lost} events that were signed before were not in the backup`)
    }
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
