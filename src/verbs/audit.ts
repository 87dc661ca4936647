/** `audit verify`: holds the audit trail of the database against the signed heads in the data folder. */
import { createPublicKey } from 'node:crypto'
import { verifyAudit } from '../ca/verify-audit.js'
import { CaError } from '../errors.js'
import { openDataFolder } from '../service/data-folder.js'
import { openStore } from '../service/open-store.js'
import { readAllIfThere, readIfThere } from '../service/secret-file.js'
import { readAuditTrail } from '../store/audit.js'
import { UsageError } from './arguments.js'
import type { VerbContext } from './context.js'

export const AUDIT_USAGE = 'audit verify [HEADS-FILE]: finds every edit, deletion, reordering, truncation and recomputed chain'

export async function auditVerb(context: VerbContext, words: readonly string[]): Promise<void> {
  const [action, headsFile, ...more] = words
  if (action !== 'verify' || more.length > 0) throw new UsageError(`usage: ${AUDIT_USAGE}`)
  const folder = await openDataFolder(context.config.data, context.uid)
  const [publicKey, heads] = await Promise.all([
    readIfThere(folder.audit.publicKey),
    readAllIfThere(headsFile ?? folder.audit.heads),
  ])
  if (publicKey === undefined || heads === undefined) {
    throw new CaError(
      'audit-unavailable',
      `${folder.audit.folder} lacks audit.pub or heads.jsonl: without them nothing can be vouched for; put back your copies`,
    )
  }
  const store = await openStore(context, 'beside')
  try {
    // What a crash cut off behind the last line break is no line: the next writer takes it away.
    const lines = heads.split('\n').slice(0, -1)
    const copy = headsFile !== undefined
    const report = await verifyAudit(readAuditTrail(store.pool), lines, createPublicKey(publicKey), { copy })
    for (const note of report.notes) context.print(`NOTE: ${note}`)
    for (const finding of report.findings) context.print(`FOUND: ${finding}`)
    context.print(`${report.events} events, ${report.unsignedEvents} of them behind the last signed head`)
    context.print(
      report.vouchedUntil
        ? `everything that was written until ${report.vouchedUntil.toISOString()} is vouched for`
        : 'nothing can be vouched for: no signed head holds',
    )
    if (report.findings.length > 0)
      throw new CaError('audit-unavailable', `${report.findings.length} traces of tampering were found`)
    if (report.events > 0 && report.vouchedUntil === undefined)
      throw new CaError('audit-unavailable', `there are ${report.events} events, and no signed head vouches for any of them`)
  } finally {
    await store.close()
  }
}
