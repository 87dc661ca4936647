import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CaError } from '../errors.js'
import { findBinaries, reachableBinaries, removeOldCopies } from './binaries.js'
import { checkMajorVersion, createCluster, isUnfinished, readPassword, SERVICE_ROLE } from './cluster.js'
import { clusterOf, findHome, type Home, openHome } from './home.js'
import { endLeftoverServer, listensAt, readPostmasterFile } from './leftover.js'
import type { Log } from './log.js'
import { fileFailure } from './program.js'
import { serviceLockHolder, takeServiceLock } from './service-lock.js'
import { makeSocketFolder, removeSocketFolder, SOCKET_PORT } from './socket-folder.js'
import { superviseServer } from './supervisor.js'

/** How to connect; `host` is the folder of the unix socket. */
export interface EmbeddedDatabaseConfig {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** A PostgreSQL of our own, running. */
export interface EmbeddedPostgres {
  readonly config: EmbeddedDatabaseConfig
  /** Pid of the server; undefined while it is being restarted. */
  readonly pid: number | undefined
  /** Stops it properly and gives the data folder free. Close the pool first; may be called again. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** LAB_PKI_DATA; made if it is missing (as root with 0711, so that the database can lie in it). */
  readonly dataDir: string
  /** User of the service, `process.getuid()`. */
  readonly uid: number
  readonly randomBytes: (octets: number) => Buffer
  readonly log: Log
  /** Folder of the npm package with the programs; found by itself where not given. */
  readonly binariesFrom?: string
  readonly platform?: string
  readonly arch?: string
  /** Where databases lie whose data folder PostgreSQL's user cannot reach. */
  readonly sharedFolder?: string
  /** Where the socket lies if the usual path is too long for one. */
  readonly temporaryFolder?: string
}

const SHARED_FOLDER = '/var/lib/lab-pki'
/** Not `os.tmpdir()`: that may be long, which is what this folder must not be. */
const TEMPORARY_FOLDER = '/tmp'

/**
 * Starts the embedded PostgreSQL on the data folder, making the cluster at the first start, and keeps it running.
 * @throws CaError `database-unavailable`, with the remedy: another service uses the folder, a cluster of another major
 * version, a full disk, no programs for this platform …
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, uid, log } = options
  const found = await findBinaries(options.platform ?? process.platform, options.arch ?? process.arch, options.binariesFrom)
  try {
    // Step 1: where everything lies, and nobody else there from here on. The lock is free again when we die.
    const home = await openHome({ dataDir, uid, log, sharedFolder: options.sharedFolder ?? SHARED_FOLDER })
    const lock = await takeServiceLock(home.folder, dataDir)
    try {
      return await startOn(home, { ...options, found, release: lock.release })
    } catch (error) {
      await lock.release()
      throw error
    }
  } catch (cause) {
    throw fileFailure(`the database of ${dataDir} could not be started`, dataDir, cause)
  }
}

async function startOn(
  home: Home,
  options: EmbeddedPostgresOptions & { found: Awaited<ReturnType<typeof findBinaries>>; release: () => Promise<void> },
): Promise<EmbeddedPostgres> {
  const { account } = home
  const { log, randomBytes } = options
  const cluster = clusterOf(home)
  // Step 2: what an interrupted first start left. Its initdb may still be dying in there; then the next start removes it.
  for (const name of await readdir(home.folder)) {
    if (isUnfinished(name)) await rm(join(home.folder, name), { recursive: true, force: true }).catch(() => {})
  }
  // Step 3: programs that PostgreSQL's user can run, and a cluster that they can read. A crash leaves either a whole one or none.
  const isNew = (await stat(cluster.folder).catch(() => undefined)) === undefined
  if (!isNew) await checkMajorVersion(cluster, options.found)
  const copies = join(home.folder, 'programs')
  const binaries = await reachableBinaries(options.found, account, copies)
  if (isNew) {
    log('info', `making the database in ${cluster.dataFolder} (PostgreSQL ${binaries.major}, run as ${account.name})`)
    await createCluster({ folder: cluster.folder, account, binaries, randomBytes })
  }
  const password = await readPassword(cluster)
  // Step 4: a server that a killed service left behind. Its socket must be gone before the folder is made anew.
  await endLeftoverServer(cluster, account, log)
  await removeOldCopies(copies, binaries)
  const socketFolder = await makeSocketFolder(home, options.temporaryFolder ?? TEMPORARY_FOLDER)
  // Step 5: the server. A crash of ours leaves it running, for step 4 of the next start.
  const supervisor = await superviseServer({ binaries, cluster, account, socketFolder, log })
  let stopped: Promise<void> | undefined
  const stop = async () => {
    await supervisor.stop()
    await removeSocketFolder(home)
    await options.release()
  }
  return {
    config: { host: socketFolder, port: SOCKET_PORT, user: SERVICE_ROLE, password, database: SERVICE_ROLE },
    get pid() {
      return supervisor.pid
    },
    stop: async () => {
      stopped ??= stop()
      await stopped
    },
  }
}

/**
 * How to connect to the database of a service that runs on `dataDir` now; undefined: none runs, so it may be started.
 * For verbs beside a running service. @throws CaError `database-unavailable` while the service's database is starting.
 */
export async function findRunningPostgres(dataDir: string): Promise<EmbeddedDatabaseConfig | undefined> {
  try {
    const folder = await findHome(dataDir)
    const holder = folder === undefined ? undefined : await serviceLockHolder(folder).catch(noSuchFolder)
    if (folder === undefined || holder === undefined) return undefined
    const cluster = clusterOf({ folder })
    const file = await readPostmasterFile(cluster)
    if (file === undefined || !(await listensAt(file))) {
      throw new CaError(
        'database-unavailable',
        `the service (process ${holder}) that uses ${dataDir} is starting or stopping its database: try again in a few seconds`,
      )
    }
    const password = await readPassword(cluster)
    return { host: file.socketFolder, port: file.port, user: SERVICE_ROLE, password, database: SERVICE_ROLE }
  } catch (cause) {
    throw fileFailure(`the database of ${dataDir} could not be reached`, dataDir, cause)
  }
}

function noSuchFolder(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
