/** The ledger's own connection: exactly one at a time for a writer, so that its head in the database is the truth. */
import type pg from 'pg'
import { emptyHead } from '../ca/audit-chain.js'
import type { AuditHead } from '../ca/ports.js'
import { storeFailure } from './failure.js'
import { openClient } from './pool.js'

/** A little below what a caller waits for a commit, so that the server's own error is the one that arrives. */
const STATEMENT_TIMEOUT_MS = 1_700
const QUERY_TIMEOUT_MS = 1_750

/** Who writes: a random id of the process, and where and since when it runs, for the person who reads the trail. */
export interface Writer {
  readonly id: string
  readonly startedAt: Date
  readonly host: string
  readonly pid: number
}

export interface LedgerSession {
  readonly client: pg.Client
  /** Process id of the server's end of the connection. */
  readonly backend: number
  /** Last link of the writer's chain, read when the connection was opened. */
  readonly head: AuditHead
  /** False once the connection is known to be lost. */
  isOpen(): boolean
  /** Closes the connection. */
  discard(): void
}

/**
 * Opens the writer's connection. An advisory lock named after the writer is held as long as the connection lives: once we
 * have it, an earlier connection has ended and what it had under way is either committed or gone.
 * @param lostBackend the server's process of an earlier connection, which is told to end first.
 * @throws CaError `database-unavailable`.
 */
export async function openSession(pool: pg.Pool, writer: Writer, lostBackend: number | undefined): Promise<LedgerSession> {
  const client = await openClient(pool, { statementMs: STATEMENT_TIMEOUT_MS, queryMs: QUERY_TIMEOUT_MS })
  let open = true
  const lost = () => {
    open = false
  }
  client.on('error', lost)
  client.on('end', lost)
  const discard = () => {
    open = false
    client.end().catch(() => undefined)
  }
  try {
    const backend = await takeWriterLock(client, writer, lostBackend)
    const head = await registerWriter(client, writer)
    return { client, backend, head, isOpen: () => open, discard }
  } catch (error) {
    discard()
    throw storeFailure(error)
  }
}

async function takeWriterLock(client: pg.ClientBase, { id }: Writer, lostBackend: number | undefined): Promise<number> {
  // Only while it holds this writer's lock is the process still ours to end; its number may have been given to another.
  const terminate = `
    select pg_terminate_backend(pid) from pg_locks
    where pid = $2 and locktype = 'advisory' and objsubid = 1
      and (classid::bigint << 32 | objid::bigint) = hashtextextended($1, 0)`
  const lock = 'select pg_backend_pid() pid, pg_advisory_lock(hashtextextended($1, 0))'
  if (lostBackend !== undefined) await client.query(terminate, [id, lostBackend])
  return (await client.query<{ pid: number }>(lock, [id])).rows[0]?.pid ?? 0
}

async function registerWriter(client: pg.ClientBase, { id, startedAt, host, pid }: Writer): Promise<AuditHead> {
  const register = `
    insert into audit_writers (writer, started_at, host, pid) values ($1, $2, $3, $4)
    on conflict on constraint audit_writers_pkey do nothing`
  const head = 'select writer, sequence, hash from audit_events where writer = $1 order by sequence desc limit 1'
  await client.query(register, [id, startedAt, host, pid])
  return (await client.query<AuditHead>(head, [id])).rows[0] ?? emptyHead(id)
}
