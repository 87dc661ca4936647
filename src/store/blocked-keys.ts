import type pg from 'pg'
import { rowOf } from './query.js'

/** Why the key with this SHA-256 of its SubjectPublicKeyInfo is blocked; undefined: it is not. */
export async function findBlockedKey(pool: pg.Pool, spkiSha256: Buffer): Promise<string | undefined> {
  const text = 'select reason from blocked_keys where spki_sha256 = $1'
  return (await rowOf<{ reason: string }>(pool, { name: 'find_blocked_key', text, values: [spkiSha256] }))?.reason
}

/** Blocks a key; one that is blocked already keeps its first reason. */
export async function insertBlockedKey(client: pg.ClientBase, spkiSha256: Buffer, reason: string, at: Date): Promise<void> {
  const text = `
    insert into blocked_keys (spki_sha256, reason, created_at) values ($1, $2, $3)
    on conflict on constraint blocked_keys_pkey do nothing`
  await client.query(text, [spkiSha256, reason, at])
}
