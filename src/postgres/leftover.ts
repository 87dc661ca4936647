import { readFile, rm, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { CaError } from '../errors.js'
import type { Account } from './account.js'
import type { Cluster } from './cluster.js'
import type { Log } from './log.js'
import { isAlive, processesMarked } from './process-identity.js'

/** PostgreSQL's own file about its running server, `postmaster.pid`. */
export interface PostmasterFile {
  readonly pid: number
  readonly port: number
  readonly socketFolder: string
}

const POLL_MS = 20
/** A fast shutdown writes one checkpoint; a slow disk needs seconds for it. */
const FAST_SHUTDOWN_MS = 60_000
/** An immediate shutdown writes nothing. PostgreSQL kills its own children after five seconds. */
const IMMEDIATE_SHUTDOWN_MS = 10_000
/** Lines of postmaster.pid that are read: pid, port, folder of the socket. */
const [PID_LINE, PORT_LINE, SOCKET_LINE] = [0, 3, 4]

/** What `postmaster.pid` says; undefined: there is none, the last server ended properly. */
export async function readPostmasterFile(cluster: Cluster): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(cluster.dataFolder, 'postmaster.pid'), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const lines = text.split('\n')
  return { pid: Number(lines[PID_LINE]), port: Number(lines[PORT_LINE]), socketFolder: lines[SOCKET_LINE] ?? '' }
}

/**
 * PostgreSQL's `cluster_name`, which all its processes show in their command line. Device and inode instead of the path:
 * they stay when the folder is moved while a server runs on it.
 */
export async function clusterMark(cluster: Cluster): Promise<string> {
  const { dev, ino } = await stat(cluster.dataFolder)
  return `lab-pki-${dev.toString(36)}-${ino.toString(36)}`
}

/**
 * Ends the server of this cluster that an earlier service left running (it was killed, say), so that a new one can start.
 * Only the holder of the service lock may call it. Does nothing where no server runs; signals only processes that show
 * the mark of this very cluster and belong to its user. @throws CaError `database-unavailable`
 */
export async function endLeftoverServer(cluster: Cluster, account: Account, log: Log): Promise<void> {
  const file = await readPostmasterFile(cluster)
  if (file === undefined) return
  const mark = await clusterMark(cluster)
  const living = async () => await processesMarked(mark, account.uid)
  const found = await living()
  if (found.includes(file.pid)) {
    log('info', `PostgreSQL (process ${file.pid}) was left running by a service that ended without stopping it; stopping it`)
    signal(file.pid, 'SIGINT')
    if (await becomesEmpty(living, FAST_SHUTDOWN_MS)) return
    log('warn', `PostgreSQL (process ${file.pid}) did not stop within ${FAST_SHUTDOWN_MS / 1000} s; stopping it at once`)
    signal(file.pid, 'SIGQUIT')
    if (await becomesEmpty(living, IMMEDIATE_SHUTDOWN_MS)) return
    throw stillRunning(cluster, await living())
  }
  if (found.length > 0) {
    // Its main process was killed; the others end by themselves as soon as they notice.
    if (await becomesEmpty(living, FAST_SHUTDOWN_MS)) return
    throw stillRunning(cluster, await living())
  }
  if (await listensAt(file)) {
    throw new CaError(
      'database-unavailable',
      `a PostgreSQL that cannot be seen from here (in another container?) runs on ${cluster.dataFolder}: stop the service that it belongs to, then start this one`,
    )
  }
  // Somebody else's process has the pid by now; PostgreSQL would take it for a running server and refuse.
  if (isAlive(file.pid) || Number.isNaN(file.pid) || file.pid === 0) {
    log('info', `postmaster.pid names process ${file.pid}, which is not the server of this database; removing the stale file`)
    await rm(join(cluster.dataFolder, 'postmaster.pid'), { force: true })
  }
}

/** Whether somebody listens at the socket that the file names. */
export async function listensAt(file: PostmasterFile): Promise<boolean> {
  if (file.socketFolder === '') return false
  return await new Promise((resolve) => {
    const socket = connect(join(file.socketFolder, `.s.PGSQL.${file.port}`))
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => end(true)).on('error', () => end(false))
  })
}

function signal(pid: number, name: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It ended meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

async function becomesEmpty(living: () => Promise<number[]>, withinMs: number): Promise<boolean> {
  for (let waited = 0; waited <= withinMs; waited += POLL_MS) {
    if ((await living()).length === 0) return true
    await pause(POLL_MS)
  }
  return false
}

function stillRunning(cluster: Cluster, pids: number[]): CaError {
  return new CaError(
    'database-unavailable',
    `PostgreSQL processes of an earlier service (${pids.join(', ')}) still use ${cluster.dataFolder} and do not end: end them with \`kill\` (not \`kill -9\`), then start again`,
  )
}
