/** The database for a verb: the operator's server, the embedded one of a running service, or one started for us. */
import { realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type pg from 'pg'
import type { RandomBytes } from '../ca/ports.js'
import type { Config } from '../config.js'
import { CaError, printable } from '../errors.js'
import { type EmbeddedDatabaseConfig, findRunningPostgres, startEmbeddedPostgres } from '../postgres/embedded.js'
import { takeServiceLock } from '../postgres/service-lock.js'
import { loadMigrations, migrate } from '../store/migrate.js'
import { closePool, connect, type StoreConfig } from '../store/pool.js'
import { checkFolder } from './file-trust.js'
import type { Log } from './log.js'

export interface OpenStore {
  readonly pool: pg.Pool
  readonly config: StoreConfig
  /** Migrations that were applied just now. */
  readonly applied: readonly string[]
  /** Closes the connections, then stops the database if it was started for us. */
  close(): Promise<void>
}

export interface StoreContext {
  readonly config: Pick<Config, 'data' | 'databaseUrl'>
  readonly random: RandomBytes
  readonly uid: number | undefined
  readonly programFolder: string
  readonly log: Log
}

/**
 * Opens the database and brings it to the newest schema.
 * @param mode `alone` for the service, which must be the only one on its data folder, wherever the database is (the folder
 * must exist); `beside` for a short verb, which uses a running service's database where there is one.
 */
export async function openStore(context: StoreContext, mode: 'alone' | 'beside'): Promise<OpenStore> {
  const dataDir = resolve(context.config.data)
  // Also for the verbs that need nothing else of it: the database's password and place are in there.
  await checkFolder(dataDir, context.uid)
  const lock = mode === 'alone' ? await takeServiceLock(await realpath(dataDir), dataDir) : undefined
  const closers = [async () => await lock?.release()]
  const close = async () => {
    for (const each of closers) await each()
  }
  try {
    const { config, stop } = await openDatabase(context, mode)
    closers.unshift(stop)
    const { pool } = connect(config, context.log)
    closers.unshift(() => closePool(pool))
    const { applied } = await migrate(pool, await loadMigrations(join(context.programFolder, 'migrations')))
    return { pool, config, applied, close }
  } catch (error) {
    await close()
    throw withServersWords(error, context.config.databaseUrl)
  }
}

/** At the start the operator is told what the server or the network said; it holds address and user, never the password. */
function withServersWords(error: unknown, databaseUrl: string | undefined): unknown {
  const away = error instanceof CaError && error.code === 'database-unavailable' && error.cause instanceof Error
  if (!away || databaseUrl === undefined) return error
  const said = printable((error.cause as Error).message)
  return new CaError(
    'database-unavailable',
    `the server of DATABASE_URL does not answer: ${said}; check its address, that it runs, user and password`,
    {
      cause: error,
    },
  )
}

async function openDatabase(
  context: StoreContext,
  mode: 'alone' | 'beside',
): Promise<{ config: StoreConfig; stop: () => Promise<void> }> {
  const { databaseUrl } = context.config
  if (databaseUrl !== undefined) return { config: { connectionString: databaseUrl }, stop: async () => {} }
  const dataDir = resolve(context.config.data)
  const running: EmbeddedDatabaseConfig | undefined = mode === 'beside' ? await findRunningPostgres(dataDir) : undefined
  if (running) return { config: running, stop: async () => {} }
  if (context.uid === undefined) {
    throw new CaError('database-unavailable', 'this platform has no embedded PostgreSQL; set DATABASE_URL to a server of yours')
  }
  const embedded = await startEmbeddedPostgres({
    dataDir,
    uid: context.uid,
    randomBytes: context.random,
    log: context.log,
  })
  return { config: embedded.config, stop: () => embedded.stop() }
}
