import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Account, idsFor } from './account.js'
import type { Binaries } from './binaries.js'
import type { Cluster } from './cluster.js'
import { clusterMark } from './leftover.js'
import type { Log } from './log.js'
import { PROGRAM_ENVIRONMENT, programFailure, startFailure } from './program.js'
import { SOCKET_PORT } from './socket-folder.js'

/** One running PostgreSQL process. */
export interface Server {
  readonly pid: number
  /** Settles when the process has ended; why, as a sentence's end: `was ended by SIGKILL`. */
  readonly ended: Promise<string>
  /** Fast shutdown: clients are cut off, everything is written. Bounded; harder means follow. Waits for the end. */
  stop(): Promise<void>
}

export interface ServerOptions {
  readonly binaries: Binaries
  readonly cluster: Cluster
  readonly account: Account
  readonly socketFolder: string
  readonly log: Log
  /** Called with the process before it is ready, so that a start can be broken off. */
  readonly onSpawn: (server: Server) => void
}

/** PostgreSQL's line when it takes connections; its messages are English whatever the machine's locale (`LC_ALL=C`). */
const READY_LINE = /database system is ready to accept connections/
/** Progress that an operator waits for: it stands in the log at `info`. */
const RECOVERY_LINE = /not properly shut down|redo (starts|in progress|done)/
const TROUBLE_LINE = /^(WARNING|ERROR|FATAL|PANIC):/
/** Kept to say why a start failed. */
const KEPT_LINES = 20
/** How long its last lines may take to arrive after its end. */
const LAST_LINES_MS = 500
/** One checkpoint; then an immediate shutdown, which the next start recovers from; then the end by force. */
const SIGNALS = [
  { signal: 'SIGINT', waitMs: 60_000 },
  { signal: 'SIGQUIT', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 10_000 },
] as const

/** Starts PostgreSQL on the cluster; resolves when it takes connections. @throws CaError `database-unavailable` */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { binaries, cluster, account, log } = options
  const program = join(binaries.folder, 'bin/postgres')
  const settings = Object.entries(await serverSettings(options)).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(program, ['-D', cluster.dataFolder, ...settings], {
    ...idsFor(account),
    cwd: '/',
    env: PROGRAM_ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe'],
    // A session of its own: Ctrl-C in the service's terminal must not stop the database before the service is done.
    detached: true,
  })
  const kept: string[] = []
  return await new Promise((resolve, reject) => {
    const ended = new Promise<string>((end) => {
      const settle = (code: number | null, signal: string | null) => {
        end(signal === null ? `ended with status ${code}` : `was ended by ${signal}`)
        // Harmless after `resolve`.
        reject(programFailure(`PostgreSQL did not start on ${cluster.dataFolder}`, cluster.folder, kept.join('\n')))
      }
      // `close` comes after its last line, but only once its own children, which a `kill -9` leaves behind, are gone too.
      child.on('close', settle)
      child.on('exit', (code, signal) => setTimeout(settle, LAST_LINES_MS, code, signal).unref())
    })
    child.on('error', (cause) => reject(startFailure(program, account, cause)))
    if (child.pid === undefined) return
    const server: Server = { pid: child.pid, ended, stop: async () => await stopChild(child, ended) }
    options.onSpawn(server)
    createInterface({ input: child.stderr }).on('line', (line) => {
      kept.push(line)
      if (kept.length > KEPT_LINES) kept.shift()
      if (TROUBLE_LINE.test(line)) log('warn', `PostgreSQL: ${line}`)
      else if (RECOVERY_LINE.test(line)) log('info', `PostgreSQL: ${line}`)
      else log('debug', `PostgreSQL: ${line}`)
      if (READY_LINE.test(line)) resolve(server)
    })
  })
}

async function serverSettings({ socketFolder, cluster }: ServerOptions): Promise<Record<string, string>> {
  return {
    // Reachable through the file system alone.
    listen_addresses: '',
    unix_socket_directories: socketFolder,
    unix_socket_permissions: '0700',
    port: String(SOCKET_PORT),
    cluster_name: await clusterMark(cluster),
    // What is answered must be on disk; said here so that no file in the cluster can take it away.
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    // Lines go to the service's log, which has its own time stamps and must hold neither statements nor row values.
    log_destination: 'stderr',
    logging_collector: 'off',
    log_line_prefix: '',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
  }
}

async function stopChild(child: ReturnType<typeof spawn>, ended: Promise<string>): Promise<void> {
  for (const { signal, waitMs } of SIGNALS) {
    child.kill(signal)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), waitMs)
    })
    const inTime = await Promise.race([ended.then(() => true), late])
    clearTimeout(timer)
    if (inTime) return
  }
}
