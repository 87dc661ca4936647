/** The connections to PostgreSQL: how long they wait, and how columns become values. */
import pg from 'pg'
import { storeFailure, translated } from './failure.js'

/** Where the database is: a server's URL, or the folder of a unix socket (or a host) with port, user and database. */
export type StoreConfig =
  | { readonly connectionString: string }
  | {
      readonly host: string
      readonly port: number
      readonly user: string
      readonly password?: string
      readonly database: string
    }

/** Takes a line for the service's log; no line holds a secret. */
export type StoreLog = (level: 'info' | 'warn' | 'error', message: string, detail?: Readonly<Record<string, unknown>>) => void

/** With both of these a call is answered within two seconds when the database is away, hangs, or is out of connections. */
const CONNECT_TIMEOUT_MS = 900
const QUERY_TIMEOUT_MS = 1_000
/** The server gives up a little earlier than we do, so that its own message is the one that arrives. */
const STATEMENT_TIMEOUT_MS = 950
/** A transaction that its owner forgot must not hold locks for long. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5_000
/** Two cores serve about this many statements at once; more would only queue inside PostgreSQL (whose default is 100). */
const MAX_CONNECTIONS = 10

const { builtins } = pg.types

/** bigint columns here are ids and counts far below 2^53; larger values (CRL numbers) are selected as text. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === builtins.INT8) return Number
  return pg.types.getTypeParser(oid, format as 'text')
}

/** The driver's settings for a server. */
function clientConfig(config: StoreConfig): pg.PoolConfig {
  return {
    ...config,
    application_name: 'lab-pki',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    max: MAX_CONNECTIONS,
    types: { getTypeParser: getTypeParser as typeof pg.types.getTypeParser },
  }
}

/** A pool over the server. Nothing is connected until it is used; `pool.end()` closes it. */
export function connect(config: StoreConfig, log: StoreLog): { readonly pool: pg.Pool } {
  const pool = new pg.Pool(clientConfig(config))
  // Without a listener the loss of an idle connection would end the process.
  pool.on('error', (error) => log('warn', 'an idle database connection was lost', { error: error.message }))
  return { pool }
}

/** How long a statement may take; undefined: as long as it takes. */
export interface Patience {
  /** Until the server gives a statement up. */
  readonly statementMs?: number
  /** Until we give the connection up; a little more. */
  readonly queryMs?: number
}

/**
 * A connection outside the pool, to the same server. Close it with `end()`.
 * @throws CaError `database-unavailable`.
 */
export async function openClient(pool: pg.Pool, { statementMs, queryMs }: Patience): Promise<pg.Client> {
  const {
    query_timeout: _query,
    statement_timeout: _statement,
    idle_in_transaction_session_timeout: _idle,
    ...rest
  } = pool.options
  const client = new pg.Client({
    ...rest,
    // The pool hides the password from enumeration, so that the spread alone would lose it.
    password: pool.options.password,
    ...(statementMs === undefined ? {} : { statement_timeout: statementMs }),
    ...(queryMs === undefined ? {} : { query_timeout: queryMs }),
  })
  // The statement under way reports the loss to its caller; without a listener it would end the process as well.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    client.end().catch(() => undefined)
    throw storeFailure(error)
  }
}

/** Closes the pool and waits until the server has let go of every connection, which `end` alone does not. */
export async function closePool(pool: pg.Pool): Promise<void> {
  let left = pool.totalCount
  const closed = new Promise<void>((resolve) => {
    if (left === 0) resolve()
    pool.on('remove', () => {
      left -= 1
      if (left === 0) resolve()
    })
  })
  await pool.end()
  await closed
}

/**
 * Runs work on a connection of its own that has no timeouts, for work that may last: migrations, backup, restore.
 * @throws CaError `database-unavailable` when there is no connection; errors of the work pass as they are.
 */
export async function withSession<T>(pool: pg.Pool, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await openClient(pool, {})
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/**
 * Runs work inside one transaction of the client and rolls back when it throws.
 * @throws what the work throws; CaError as `storeFailure` says when the transaction cannot begin or commit.
 */
export async function inTransaction<T>(
  client: pg.ClientBase,
  mode: '' | 'isolation level repeatable read read only',
  work: () => Promise<T>,
): Promise<T> {
  await translated(() => client.query(`begin ${mode}`))
  try {
    const result = await work()
    await translated(() => client.query('commit'))
    return result
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}
