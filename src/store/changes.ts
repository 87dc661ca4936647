/** The changes that are written one at a time, and how it is found out afterwards what a change created. */
import type pg from 'pg'
import type { AuditRecord, Change } from '../ca/ports.js'
import { insertBlockedKey } from './blocked-keys.js'
import { insertCrl } from './crls.js'
import { findCertificateIds, writeBatch } from './issuances.js'
import { insertIssuers } from './issuers.js'
import { inTransaction } from './pool.js'
import { removeOldReplay } from './replays.js'
import { insertToken, revokeToken } from './tokens.js'

/** Changes that share a statement with others; every other kind has a transaction of its own. */
export function isBatchable(change: Change): boolean {
  return change.kind === 'issuance' || change.kind === 'none'
}

/**
 * Writes one change and its event in one transaction; the id of the created row, else 0. Answers stored before
 * `replayNotBefore` give way to a new one with the same key.
 */
export function writeAlone(client: pg.ClientBase, event: AuditRecord, change: Change, replayNotBefore: Date): Promise<number> {
  return inTransaction(client, '', async () => {
    if (change.kind === 'issuance') {
      const { replay, certificate } = change
      if (replay !== undefined) await removeOldReplay(client, replay.tokenId, replay.key, replayNotBefore)
      return (await writeBatch(client, [event], [change])).get(certificate.serial) ?? 0
    }
    const id = await apply(client, change)
    await writeBatch(client, [event], [])
    return id
  })
}

async function apply(client: pg.ClientBase, change: Exclude<Change, { kind: 'issuance' }>): Promise<number> {
  switch (change.kind) {
    case 'none':
      return 0
    case 'tokenCreated':
      return insertToken(client, change.token)
    case 'tokenRevoked':
      await revokeToken(client, change.tokenId, change.at)
      return 0
    case 'issuersCreated':
      return insertIssuers(client, change.issuers)
    case 'crlPublished':
      await insertCrl(client, change.crl)
      return 0
    case 'keyBlocked':
      await insertBlockedKey(client, change.spkiSha256, change.reason, change.at)
      return 0
  }
}

/** The ids of what committed changes created, in their order: for a commit whose answer was lost. */
export async function createdIds(client: pg.ClientBase, changes: readonly Change[]): Promise<number[]> {
  const serials = changes.flatMap((change) => (change.kind === 'issuance' ? [change.certificate.serial] : []))
  const certificates = serials.length === 0 ? new Map<string, number>() : await findCertificateIds(client, serials)
  const ids: number[] = []
  for (const change of changes) {
    ids.push(change.kind === 'issuance' ? (certificates.get(change.certificate.serial) ?? 0) : await createdId(client, change))
  }
  return ids
}

async function createdId(client: pg.ClientBase, change: Change): Promise<number> {
  const tokenByHash = 'select id from tokens where hash = $1'
  const issuerByKey = 'select id from issuers where spki_sha256 = $1'
  const [text, key] =
    change.kind === 'tokenCreated'
      ? [tokenByHash, change.token.hash]
      : change.kind === 'issuersCreated'
        ? [issuerByKey, change.issuers[0]?.spkiSha256]
        : []
  if (text === undefined || key === undefined) return 0
  return (await client.query<{ id: number }>(text, [key])).rows[0]?.id ?? 0
}
