import type pg from 'pg'
import type { Replay } from '../ca/ports.js'
import { rowOf, rowsOf } from './query.js'

/** The answer stored for a token's key at or after `notBefore`. */
export function findReplay(pool: pg.Pool, tokenId: number, key: string, notBefore: Date): Promise<Replay | undefined> {
  const text = `
    select request_sha256 "requestSha256", status, content_type "contentType", body
    from idempotency_keys where token_id = $1 and key = $2 and created_at >= $3`
  return rowOf<Replay>(pool, { name: 'find_replay', text, values: [tokenId, key, notBefore] })
}

/** Removes the answers stored before `before`; how many. */
export async function removeReplays(pool: pg.Pool, before: Date): Promise<number> {
  const text = 'with gone as (delete from idempotency_keys where created_at < $1 returning 1) select count(*) n from gone'
  return (await rowsOf<{ n: number }>(pool, { text, values: [before] }))[0]?.n ?? 0
}

/** Removes a key's answer if it was stored before `before`, so that the key can be used again. */
export async function removeOldReplay(client: pg.ClientBase, tokenId: number, key: string, before: Date): Promise<void> {
  const text = 'delete from idempotency_keys where token_id = $1 and key = $2 and created_at < $3'
  await client.query(text, [tokenId, key, before])
}
