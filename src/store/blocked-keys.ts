import type pg from 'pg'
import { rowsOf } from './query.js'

/** Why each of these keys is blocked, by the SHA-256 of its SubjectPublicKeyInfo in hex; keys that are not are left out. */
export async function findBlockedKeys(pool: pg.Pool, spkiSha256s: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const text = 'select spki_sha256, reason from blocked_keys where spki_sha256 = any ($1::bytea[])'
  const values = [spkiSha256s.map((hex) => Buffer.from(hex, 'hex'))]
  const rows = await rowsOf<{ spki_sha256: Buffer; reason: string }>(pool, { name: 'find_blocked_keys', text, values })
  return new Map(rows.map((row) => [row.spki_sha256.toString('hex'), row.reason]))
}

/** Blocks a key; one that is blocked already keeps its first reason. */
export async function insertBlockedKey(client: pg.ClientBase, spkiSha256: Buffer, reason: string, at: Date): Promise<void> {
  const text = `
    insert into blocked_keys (spki_sha256, reason, created_at) values ($1, $2, $3)
    on conflict on constraint blocked_keys_pkey do nothing`
  await client.query(text, [spkiSha256, reason, at])
}
