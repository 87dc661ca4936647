import type pg from 'pg'
import type { NewToken, Page, PageQuery, TokenRecord } from '../ca/ports.js'
import { CaError } from '../errors.js'
import { decodeCursor, pageOf } from './cursor.js'
import { rowOf, rowsOf } from './query.js'

const TOKEN_COLUMNS = `
  id, name, role, templates, patterns, wildcards, created_at "createdAt", expires_at "expiresAt",
  last_used_at "lastUsedAt", revoked_at "revokedAt"`

/** The token with this SHA-256, also when it is expired or revoked. */
export function findTokenByHash(pool: pg.Pool, hash: Buffer): Promise<TokenRecord | undefined> {
  const text = `select ${TOKEN_COLUMNS} from tokens where hash = $1`
  return rowOf<TokenRecord>(pool, { name: 'find_token_by_hash', text, values: [hash] })
}

export function findToken(pool: pg.Pool, id: number): Promise<TokenRecord | undefined> {
  const text = `select ${TOKEN_COLUMNS} from tokens where id = $1`
  return rowOf<TokenRecord>(pool, { name: 'find_token', text, values: [id] })
}

/** Newest first. @throws CaError `query-invalid` (cursor). */
export async function listTokens(pool: pg.Pool, page: PageQuery): Promise<Page<TokenRecord>> {
  const text = `
    select ${TOKEN_COLUMNS} from tokens
    where ($1::bigint is null or id < $1)
    order by id desc limit $2`
  const before = decodeCursor(page.cursor, ['id'])
  const rows = await rowsOf<TokenRecord>(pool, { text, values: [before?.[0], page.limit + 1] })
  return pageOf(rows, page, (token) => [token.id])
}

/** Notes a use. Without waiting for the disk: a crash may lose it, and that harms nobody. */
export async function touchToken(pool: pg.Pool, id: number, at: Date): Promise<void> {
  const text = `
    with quick as (select set_config('synchronous_commit', 'off', true))
    update tokens set last_used_at = greatest(last_used_at, $2) from quick where id = $1`
  await rowsOf(pool, { name: 'touch_token', text, values: [id, at] })
}

/** Adds a token; its id. */
export async function insertToken(client: pg.ClientBase, token: NewToken): Promise<number> {
  const text = `
    insert into tokens (name, role, hash, templates, patterns, wildcards, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`
  const { name, role, hash, templates, patterns, wildcards, createdAt, expiresAt } = token
  const values = [name, role, hash, templates, JSON.stringify(patterns), wildcards, createdAt, expiresAt]
  return (await client.query<{ id: number }>(text, values)).rows[0]?.id ?? 0
}

/**
 * Revokes a token inside the caller's transaction. The lock lets one revocation decide at a time, so that two of them
 * cannot each leave the other's token as the last.
 * @throws CaError `not-found` (no such token, or revoked already), `token-last-admin`.
 */
export async function revokeToken(client: pg.ClientBase, id: number, at: Date): Promise<void> {
  const lock = 'lock table tokens in share row exclusive mode'
  const find = `
    select role = 'admin' and (expires_at is null or expires_at > $2) "usableAdmin",
      exists (
        select from tokens other
        where other.id <> tokens.id and other.role = 'admin' and other.revoked_at is null
          and (other.expires_at is null or other.expires_at > $2)
      ) "otherAdmin"
    from tokens where id = $1 and revoked_at is null`
  const revoke = 'update tokens set revoked_at = $2 where id = $1'
  await client.query(lock)
  const { rows } = await client.query<{ usableAdmin: boolean; otherAdmin: boolean }>(find, [id, at])
  const token = rows[0]
  if (token === undefined)
    throw new CaError('not-found', `there is no token ${id} that is not revoked already; list them with GET /v1/tokens`)
  if (token.usableAdmin && !token.otherAdmin) {
    throw new CaError('token-last-admin', `token ${id} is the last one with the role admin; create another admin token first`)
  }
  await client.query(revoke, [id, at])
}
