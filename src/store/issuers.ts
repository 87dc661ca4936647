import type pg from 'pg'
import type { IssuerRecord, NewIssuer } from '../ca/ports.js'
import { rowsOf } from './query.js'

/** Every issuer, oldest first. */
export function listIssuers(pool: pg.Pool): Promise<IssuerRecord[]> {
  const text = `
    select id, slug, state, certificate_der "certificateDer", spki_sha256 "spkiSha256", created_at "createdAt"
    from issuers order by id`
  return rowsOf<IssuerRecord>(pool, { name: 'list_issuers', text, values: [] })
}

/** Adds issuers; the id of the first. */
export async function insertIssuers(client: pg.ClientBase, issuers: readonly NewIssuer[]): Promise<number> {
  const text = `
    insert into issuers (slug, state, certificate_der, spki_sha256, created_at)
    values ($1, $2, $3, $4, $5) returning id`
  let first = 0
  for (const { slug, state, certificateDer, spkiSha256, createdAt } of issuers) {
    const { rows } = await client.query<{ id: number }>(text, [slug, state, certificateDer, spkiSha256, createdAt])
    first ||= rows[0]?.id ?? 0
  }
  return first
}
