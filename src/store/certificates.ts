import type pg from 'pg'
import type { CertificateFilter, CertificateRecord, Page, PageQuery } from '../ca/ports.js'
import { type CursorValue, decodeCursor, pageOf } from './cursor.js'
import { rowOf, rowsOf } from './query.js'

const CERTIFICATE_COLUMNS = `
  id, serial, state, issuer_id "issuerId", request_id "requestId", token_id "tokenId", requester, template, subject,
  subject_alt_names "subjectAltNames", not_before "notBefore", not_after "notAfter", issued_at "issuedAt", sha256,
  spki_sha256 "spkiSha256", certificate_der "certificateDer"`

/** Parameters 1 to 10; a null one filters nothing. A revoked certificate is `revoked` also after its expiry. */
const CERTIFICATE_CONDITIONS = `
  ($1::bigint is null or token_id = $1)
  and ($2::text is null
    or ($2 = 'revoked' and state = 'revoked')
    or ($2 = 'held' and state = 'held' and not_after >= $3)
    or ($2 = 'valid' and state = 'valid' and not_after >= $3)
    or ($2 = 'expired' and state <> 'revoked' and not_after < $3))
  and ($4::text is null or template = $4)
  and ($5::text is null or serial = $5)
  and ($6::text is null or requester = $6)
  and ($7::text is null or $7 = any (subject_values))
  and ($8::text[] is null or exists (select from unnest(subject_alt_names) san where lower(san) = any ($8)))
  and ($9::timestamptz is null or not_after >= $9)
  and ($10::timestamptz is null or not_after <= $10)`

export function findCertificate(pool: pg.Pool, serial: string): Promise<CertificateRecord | undefined> {
  const text = `select ${CERTIFICATE_COLUMNS} from certificates where serial = $1`
  return rowOf<CertificateRecord>(pool, { name: 'find_certificate', text, values: [serial] })
}

/** Those of the serials that exist, in no order. */
export function findCertificates(pool: pg.Pool, serials: readonly string[]): Promise<CertificateRecord[]> {
  const text = `select ${CERTIFICATE_COLUMNS} from certificates where serial = any ($1::text[])`
  return rowsOf<CertificateRecord>(pool, { text, values: [serials] })
}

/**
 * Newest first; a list by expiry (`expired`, `notAfterFrom`, `notAfterTo`) by expiry, latest first. Planned for its
 * values, so that a filter that is not given costs nothing and each one that is given has its index.
 * @throws CaError `query-invalid` (cursor).
 */
export async function listCertificates(
  pool: pg.Pool,
  filter: CertificateFilter,
  page: PageQuery,
): Promise<Page<CertificateRecord>> {
  const byExpiry = isByExpiry(filter)
  const before = decodeCursor(page.cursor, byExpiry ? ['time', 'id'] : ['id'])
  const rows = await rowsOf<CertificateRecord>(pool, listCertificatesStatement(filter, before, page.limit + 1))
  return pageOf(rows, page, ({ id, notAfter }) => (byExpiry ? [notAfter, id] : [id]))
}

/**
 * By id, PostgreSQL would expect the few expired rows to lie evenly and walk back from the newest; they are the oldest, so
 * that it would read nearly all of them.
 */
function isByExpiry({ status, notAfterFrom, notAfterTo }: CertificateFilter): boolean {
  return status === 'expired' || notAfterFrom !== undefined || notAfterTo !== undefined
}

/** The statement behind `listCertificates`; exported for the test of its query plans. */
export function listCertificatesStatement(filter: CertificateFilter, before: readonly CursorValue[] | undefined, limit: number) {
  const byId = `
    select ${CERTIFICATE_COLUMNS} from certificates
    where ${CERTIFICATE_CONDITIONS}
      and ($11::bigint is null or id < $11)
    order by id desc limit $12`
  const byExpiry = `
    select ${CERTIFICATE_COLUMNS} from certificates
    where ${CERTIFICATE_CONDITIONS}
      and ($11::timestamptz is null or (not_after, id) < ($11, $12::bigint))
    order by not_after desc, id desc limit $13`
  const byNameById = `
    select ${CERTIFICATE_COLUMNS} from certificate_names join certificates on id = certificate_id
    where name = $11 and ${CERTIFICATE_CONDITIONS}
      and ($12::bigint is null or certificate_id < $12)
    order by certificate_id desc limit $13`
  const byNameByExpiry = `
    select ${CERTIFICATE_COLUMNS} from certificate_names join certificates on id = certificate_id
    where name = $11 and ${CERTIFICATE_CONDITIONS}
      and ($12::timestamptz is null or (not_after, id) < ($12, $13::bigint))
    order by not_after desc, id desc limit $14`
  const { tokenId, status, now, template, serial, requester, notAfterFrom, notAfterTo } = filter
  const subject = filter.subject?.toLowerCase()
  const { spellings, name } = alternativeName(filter.subjectAltName?.toLowerCase())
  const conditions = [
    tokenId,
    status,
    now,
    template,
    serial?.toLowerCase(),
    requester,
    subject,
    spellings,
    notAfterFrom,
    notAfterTo,
  ]
  const key = subject ?? name
  const values = [...conditions, ...(key === undefined ? [] : [key])]
  return isByExpiry(filter)
    ? { text: key === undefined ? byExpiry : byNameByExpiry, values: [...values, before?.[0], before?.[1], limit] }
    : { text: key === undefined ? byId : byNameById, values: [...values, before?.[0], limit] }
}

/** How a subjectAltName in lower case can be written, with its type as given or as any type, and its key among the names. */
function alternativeName(given: string | undefined): { spellings?: readonly string[]; name?: string } {
  if (given === undefined) return {}
  const type = NAME_TYPES.find((known) => given.startsWith(`${known}:`))
  if (type !== undefined) return { spellings: [given], name: given.slice(type.length + 1) }
  return { spellings: NAME_TYPES.map((any) => `${any}:${given}`), name: given }
}

/** The types that stand before the value in `subjectAltNames`. */
const NAME_TYPES = ['dns', 'ip', 'email', 'upn', 'uri', 'other']
