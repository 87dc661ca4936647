import type pg from 'pg'
import type { Page, PageQuery, RequestFilter, RequestRecord } from '../ca/ports.js'
import { decodeCursor, pageOf } from './cursor.js'
import { rowOf, rowsOf } from './query.js'

const REQUEST_COLUMNS = `
  r.id, r.status, r.template, r.token_id "tokenId", r.requester, r.submitted_at "submittedAt", r.csr_der "csrDer",
  r.spki_sha256 "spkiSha256", r.trustpoint, r.comment, r.ignored, r.warnings, r.next_steps "nextSteps", c.serial`

export function findRequest(pool: pg.Pool, id: number): Promise<RequestRecord | undefined> {
  const text = `
    select ${REQUEST_COLUMNS}
    from requests r left join certificates c on c.request_id = r.id
    where r.id = $1`
  return rowOf<RequestRecord>(pool, { name: 'find_request', text, values: [id] })
}

/**
 * Newest first. The statement is planned for its values, so that a filter that is not given costs nothing and each one
 * that is given has its index.
 * @throws CaError `query-invalid` (cursor).
 */
export async function listRequests(pool: pg.Pool, filter: RequestFilter, page: PageQuery): Promise<Page<RequestRecord>> {
  const before = decodeCursor(page.cursor, ['id'])
  const rows = await rowsOf<RequestRecord>(pool, listRequestsStatement(filter, before?.[0], page.limit + 1))
  return pageOf(rows, page, (request) => [request.id])
}

/** The statement behind `listRequests`; exported for the test of its query plans. */
export function listRequestsStatement(filter: RequestFilter, beforeId: unknown, limit: number) {
  const text = `
    select ${REQUEST_COLUMNS}
    from requests r left join certificates c on c.request_id = r.id
    where ($1::bigint is null or r.id < $1)
      and ($2::bigint is null or r.token_id = $2)
      and ($3::text is null or r.status = $3)
      and ($4::text is null or r.template = $4)
      and ($5::text is null or r.requester = $5)
    order by r.id desc limit $6`
  return { text, values: [beforeId, filter.tokenId, filter.status, filter.template, filter.requester, limit] }
}

/** Takes `count` request ids from the sequence, ascending; they are never given again. */
export async function takeRequestIds(pool: pg.Pool, count: number): Promise<number[]> {
  const text = `select nextval('requests_id_seq') id from generate_series(1, $1::integer)`
  const rows = await rowsOf<{ id: number }>(pool, { name: 'take_request_ids', text, values: [count] })
  return rows.map(({ id }) => id)
}
