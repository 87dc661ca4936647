/** A database with as many rows as its plans need to be those of a large one, written by the server itself. */
import type pg from 'pg'
import { withSession } from '../../src/store/pool.js'

/**
 * Fills requests, certificates and audit events with `count` rows each: ten tokens, 10 % revoked, 1 % held, the oldest 5 %
 * expired, every name its own. `gather` statistics as autovacuum would.
 */
export async function fillTables(pool: pg.Pool, ids: { tokenId: number; issuerId: number }, count: number): Promise<void> {
  const tokens = `
    insert into tokens (name, role, hash, patterns, wildcards, created_at)
    select 'token-' || n, 'requester', sha256(('t' || n)::bytea), '{}', false, now() from generate_series(1, 10) n`
  const requests = `
    insert into requests (id, status, template, token_id, requester, submitted_at, csr_der, spki_sha256, ignored, warnings, next_steps)
    select nextval('requests_id_seq'), case when n % 100 = 0 then 'denied' else 'issued' end,
      case when n % 20 = 0 then 'VPNGateway' else 'WebServer' end, $1::bigint + n % 10, 'token-' || n % 10,
      now() - make_interval(mins => $2::integer - n), '\\x3000', sha256(n::text::bytea), '[]', '[]', '[]'
    from generate_series(1, $2::integer) n order by n`
  const certificates = `
    insert into certificates (serial, state, issuer_id, request_id, token_id, requester, template, subject, subject_values,
      subject_alt_names, not_before, not_after, issued_at, sha256, spki_sha256, certificate_der)
    select '4' || substr(encode(sha256(('s' || id)::bytea), 'hex'), 1, 31),
      case when id % 10 = 0 then 'revoked' when id % 99 = 0 then 'held' else 'valid' end, $1, id, token_id, requester, template,
      'CN=vpn' || id || '.lab.example,O=Lab', array['vpn' || id || '.lab.example', 'lab', 'cn=vpn' || id || '.lab.example,o=lab'],
      array['dns:vpn' || id || '.lab.example'], submitted_at - interval '1 day',
      now() + make_interval(mins => (id - $2 / 20)::integer), submitted_at, sha256(id::text::bytea), spki_sha256, '\\x3000'
    from requests order by id`
  const names = `
    insert into certificate_names (name, certificate_id)
    select name, id from certificates, unnest(subject_values) name`
  const events = `
    insert into audit_events (writer, sequence, at, actor, action, object, detail, hash)
    select writer, 1000 + n, now() - make_interval(mins => $1::integer - n), 'token-1', 'certificate.issued', n::text, '{}', sha256(n::text::bytea)
    from audit_writers, generate_series(1, $1::integer) n`
  await withSession(pool, async (client) => {
    await client.query(tokens)
    await client.query(requests, [ids.tokenId, count])
    await client.query(certificates, [ids.issuerId, count])
    await client.query(names)
    await client.query(events, [count])
    await client.query('vacuum analyze')
  })
}
