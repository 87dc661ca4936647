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
  and ($7::text is null or subject_values @> array[$7::text])
  and ($8::text[] is null or subject_alt_names && $8)
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
  const expiry = isListByExpiry(filter)
  const before = decodeCursor(page.cursor, expiry ? ['time', 'id'] : ['id'])
  const rows = await rowsOf<CertificateRecord>(pool, listCertificatesStatement(filter, before, page.limit + 1))
  return pageOf(rows, page, ({ id, notAfter }) => (expiry ? [notAfter, id] : [id]))
}

/**
 * By id, PostgreSQL would expect the few expired rows to lie evenly and walk back from the newest; they are the oldest, so
 * that it would read nearly all. By expiry the index gives the page at once.
 */
function isListByExpiry({ status, notAfterFrom, notAfterTo }: CertificateFilter): boolean {
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
  const { tokenId, status, now, template, serial, requester, subject, subjectAltName, notAfterFrom, notAfterTo } = filter
  const names = subjectAltName === undefined ? undefined : spellings(subjectAltName)
  const values = [
    tokenId,
    status,
    now,
    template,
    serial?.toLowerCase(),
    requester,
    subject?.toLowerCase(),
    names,
    notAfterFrom,
    notAfterTo,
  ]
  return isListByExpiry(filter)
    ? { text: byExpiry, values: [...values, before?.[0], before?.[1], limit] }
    : { text: byId, values: [...values, before?.[0], limit] }
}

/** Types of names whose values have no case. */
const CASELESS_TYPES = ['dns', 'ip']
const CASED_TYPES = ['email', 'upn', 'uri', 'other']

/** How a name that somebody looks for can be written in the table: with its type as given, or as any type. */
function spellings(name: string): string[] {
  const type = name.slice(0, name.indexOf(':'))
  const lower = name.toLowerCase()
  if (CASELESS_TYPES.includes(type)) return [lower]
  if (CASED_TYPES.includes(type)) return [name, lower]
  return [...CASELESS_TYPES.map((t) => `${t}:${lower}`), ...CASED_TYPES.flatMap((t) => [`${t}:${name}`, `${t}:${lower}`])]
}
