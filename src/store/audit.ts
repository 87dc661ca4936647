import type pg from 'pg'
import type { AuditHead, AuditRecord, Page, PageQuery } from '../ca/ports.js'
import { decodeCursor, pageOf } from './cursor.js'
import { rowsOf } from './query.js'

const AUDIT_COLUMNS = 'writer, sequence, at, actor, action, object, detail, hash'

/** Events read at once when the whole trail is read. */
const TRAIL_CHUNK = 2_000

/** Newest first by the instant of the event, over all writers. @throws CaError `query-invalid` (cursor). */
export async function listAudit(pool: pg.Pool, page: PageQuery): Promise<Page<AuditRecord>> {
  const before = decodeCursor(page.cursor, ['time', 'text', 'id'])
  const rows = await rowsOf<AuditRecord>(pool, listAuditStatement(before ?? [], page.limit + 1))
  return pageOf(rows, page, ({ at, writer, sequence }) => [at, writer, sequence])
}

/** The statement behind `listAudit`; exported for the test of its query plan. */
export function listAuditStatement(before: readonly unknown[], limit: number) {
  const text = `
    select ${AUDIT_COLUMNS} from audit_events
    where ($1::timestamptz is null or (at, writer, sequence) < ($1, $2::text, $3::bigint))
    order by at desc, writer desc, sequence desc limit $4`
  return { text, values: [before[0], before[1], before[2], limit] }
}

/** The whole trail, each writer's events in their order: what `verifyAudit` reads. */
export async function* readAuditTrail(pool: pg.Pool): AsyncGenerator<AuditRecord> {
  const text = `
    select ${AUDIT_COLUMNS} from audit_events
    where (writer, sequence) > ($1, $2::bigint)
    order by writer, sequence limit $3`
  let writer = ''
  let sequence = 0
  for (;;) {
    const rows = await rowsOf<AuditRecord>(pool, { name: 'read_audit_trail', text, values: [writer, sequence, TRAIL_CHUNK] })
    yield* rows
    const last = rows.at(-1)
    if (last === undefined) return
    writer = last.writer
    sequence = last.sequence
  }
}

/**
 * The heads of all writers that wrote at or after `since` (by the instants of the events). For the service's start, which
 * signs what a process that was killed could not sign any more.
 */
export function readAuditHeads(pool: pg.Pool, since: Date): Promise<AuditHead[]> {
  const text = `
    select writer, sequence, hash
    from (select distinct writer from audit_events where at >= $1) recent
    join lateral (
      select sequence, hash from audit_events where writer = recent.writer order by sequence desc limit 1
    ) head on true`
  return rowsOf<AuditHead>(pool, { text, values: [since] })
}

/** Whether anything was ever written here: an event, or an issuer, which is never without one. */
export async function hasHistory(pool: pg.Pool): Promise<boolean> {
  const text = 'select exists (select from audit_events) or exists (select from issuers) found'
  return (await rowsOf<{ found: boolean }>(pool, { text, values: [] }))[0]?.found === true
}
