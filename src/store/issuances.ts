/** The batch: many issuances and audit events in one statement, so that one round trip and one fsync serve them all. */
import type pg from 'pg'
import { canonicalDetail } from '../ca/audit-chain.js'
import type { AuditRecord, Change } from '../ca/ports.js'

export type Issuance = Extract<Change, { kind: 'issuance' }>

/**
 * One statement is one transaction without BEGIN and COMMIT: with three rows it commits twice as fast as those. Foreign
 * keys between the rows hold because they are checked at its end. Lists within a row travel as array literals, because
 * `unnest` would flatten them.
 */
const WRITE_BATCH = `
  with new_requests as (
    insert into requests (id, status, template, token_id, requester, submitted_at, csr_der, spki_sha256, trustpoint, comment,
      ignored, warnings, next_steps)
    select * from unnest($9::bigint[], $10::text[], $11::text[], $12::bigint[], $13::text[], $14::timestamptz[], $15::bytea[],
      $16::bytea[], $17::text[], $18::text[], $19::jsonb[], $20::jsonb[], $21::jsonb[])
  ), new_certificates as (
    insert into certificates (serial, issuer_id, request_id, token_id, requester, template, subject, subject_values,
      subject_alt_names, not_before, not_after, issued_at, sha256, spki_sha256, certificate_der)
    select serial, issuer_id, request_id, token_id, requester, template, subject, subject_values::text[],
      subject_alt_names::text[], not_before, not_after, issued_at, sha256, spki_sha256, certificate_der
    from unnest($22::text[], $23::bigint[], $24::bigint[], $25::bigint[], $26::text[], $27::text[], $28::text[], $29::text[],
      $30::text[], $31::timestamptz[], $32::timestamptz[], $33::timestamptz[], $34::bytea[], $35::bytea[], $36::bytea[])
      as new (serial, issuer_id, request_id, token_id, requester, template, subject, subject_values, subject_alt_names,
        not_before, not_after, issued_at, sha256, spki_sha256, certificate_der)
    returning id, serial
  ), new_names as (
    insert into certificate_names (name, certificate_id)
    select name, id
    from new_certificates join unnest($22::text[], $44::text[]) as named (serial, names) using (serial), unnest(names::text[]) name
  ), new_replays as (
    insert into idempotency_keys (token_id, key, request_sha256, status, content_type, body, created_at)
    select * from unnest($37::bigint[], $38::text[], $39::bytea[], $40::smallint[], $41::text[], $42::bytea[],
      $43::timestamptz[])
  ), new_events as (
    insert into audit_events (writer, sequence, at, actor, action, object, detail, hash)
    select $1, new.* from unnest($2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::jsonb[],
      $8::bytea[]) as new
  )
  select id, serial from new_certificates`

/**
 * Writes audit events of one writer, and issuances, all or none.
 * @returns the certificates' ids by serial.
 */
export async function writeBatch(
  client: pg.ClientBase,
  events: readonly AuditRecord[],
  issuances: readonly Issuance[],
): Promise<ReadonlyMap<string, number>> {
  const requests = issuances.map((issuance) => issuance.request)
  const certificates = issuances.map((issuance) => issuance.certificate)
  const replays = issuances.flatMap((issuance) => issuance.replay ?? [])
  const { rows } = await client.query<{ id: number; serial: string }>({
    name: 'write_batch',
    text: WRITE_BATCH,
    values: [
      events[0]?.writer,
      events.map((event) => event.sequence),
      events.map((event) => event.at.toISOString()),
      events.map((event) => event.actor),
      events.map((event) => event.action),
      events.map((event) => event.object),
      events.map((event) => canonicalDetail(event.detail)),
      events.map((event) => event.hash),
      requests.map((request) => request.id),
      requests.map((request) => request.status),
      requests.map((request) => request.template),
      requests.map((request) => request.tokenId),
      requests.map((request) => request.requester),
      requests.map((request) => request.submittedAt.toISOString()),
      requests.map((request) => request.csrDer),
      requests.map((request) => request.spkiSha256),
      requests.map((request) => request.trustpoint),
      requests.map((request) => request.comment),
      requests.map((request) => JSON.stringify(request.ignored)),
      requests.map((request) => JSON.stringify(request.warnings)),
      requests.map((request) => JSON.stringify(request.nextSteps)),
      certificates.map((certificate) => certificate.serial),
      certificates.map((certificate) => certificate.issuerId),
      certificates.map((certificate) => certificate.requestId),
      certificates.map((certificate) => certificate.tokenId),
      certificates.map((certificate) => certificate.requester),
      certificates.map((certificate) => certificate.template),
      certificates.map((certificate) => certificate.subject),
      certificates.map((certificate) => arrayLiteral(subjectValuesOf(certificate))),
      certificates.map((certificate) => arrayLiteral(certificate.subjectAltNames)),
      certificates.map((certificate) => certificate.notBefore.toISOString()),
      certificates.map((certificate) => certificate.notAfter.toISOString()),
      certificates.map((certificate) => certificate.issuedAt.toISOString()),
      certificates.map((certificate) => certificate.sha256),
      certificates.map((certificate) => certificate.spkiSha256),
      certificates.map((certificate) => certificate.certificateDer),
      replays.map((replay) => replay.tokenId),
      replays.map((replay) => replay.key),
      replays.map((replay) => replay.requestSha256),
      replays.map((replay) => replay.status),
      replays.map((replay) => replay.contentType),
      replays.map((replay) => replay.body),
      replays.map((replay) => replay.createdAt.toISOString()),
      certificates.map((certificate) => arrayLiteral(namesOf(certificate))),
    ],
  })
  return new Map(rows.map(({ id, serial }) => [serial, id]))
}

/** The ids of certificates that may have been committed, by serial. */
export async function findCertificateIds(
  client: pg.ClientBase,
  serials: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const text = 'select id, serial from certificates where serial = any ($1::text[])'
  const { rows } = await client.query<{ id: number; serial: string }>(text, [serials])
  return new Map(rows.map(({ id, serial }) => [serial, id]))
}

/** What a certificate is found by: see `certificate_names`. */
function namesOf(certificate: Issuance['certificate']): string[] {
  const alternatives = certificate.subjectAltNames.map((name) => name.slice(name.indexOf(':') + 1).toLowerCase())
  return [...new Set([...subjectValuesOf(certificate), ...alternatives])]
}

/** Lower case is made here and not by the server, whose locale may know ASCII alone. */
function subjectValuesOf({ subject, subjectValues }: Issuance['certificate']): string[] {
  return [...new Set([...subjectValues, subject.toLowerCase()])]
}

/** A list of text as PostgreSQL writes it: every item quoted, quotes and backslashes escaped. */
function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
}
