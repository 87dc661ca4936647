import { CaError } from '../errors.js'
import { endLeftoverServer } from './leftover.js'
import { type Server, type ServerOptions, startServer } from './server.js'

/** A PostgreSQL that is kept running. */
export interface Supervisor {
  /** Of the server that runs now; undefined while it is being restarted. */
  readonly pid: number | undefined
  /** Ends the server properly and keeps it so, also in the middle of a restart. */
  stop(): Promise<void>
}

/** First pause before a restart, then doubled up to the longest: a full disk must not fill the log as well. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 30_000

/**
 * Starts PostgreSQL and starts it again whenever it ends by itself; it then recovers what was committed. Gives up never:
 * while the database is away the service says so, and it comes back with the disk space, say. The first start alone may
 * fail. @throws CaError `database-unavailable`
 */
export async function superviseServer(options: Omit<ServerOptions, 'onSpawn'>): Promise<Supervisor> {
  const { cluster, account, log } = options
  let stopping = false
  let spawned: Server | undefined
  let running: Server | undefined
  let wake = () => {}

  const start = async () => {
    await endLeftoverServer(cluster, account, log)
    if (stopping) throw new CaError('database-unavailable', 'the service is stopping')
    running = await startServer({
      ...options,
      onSpawn: (server) => {
        spawned = server
        // `stop` came before there was anything to stop.
        if (stopping) void server.stop()
      },
    })
    return running
  }

  const pause = async (ms: number) => {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  const restart = async () => {
    for (let ms = FIRST_PAUSE_MS; ; ms = Math.min(2 * ms, LONGEST_PAUSE_MS)) {
      await pause(ms)
      if (stopping) return undefined
      try {
        const server = await start()
        log('info', `PostgreSQL runs again (process ${server.pid})`)
        return server
      } catch (error) {
        if (stopping) return undefined
        const reason = error instanceof CaError ? error.detail : String(error)
        log('error', `PostgreSQL could not be started again, next try in ${Math.min(2 * ms, LONGEST_PAUSE_MS)} ms: ${reason}`)
      }
    }
  }

  const watch = async (first: Server) => {
    for (let server: Server | undefined = first; server !== undefined; server = await restart()) {
      const reason = await server.ended
      running = undefined
      if (stopping) return
      log('error', `PostgreSQL (process ${server.pid}) ${reason}; starting it again, it recovers everything that was committed`)
    }
  }

  const watching = watch(await start())
  return {
    get pid() {
      return running?.pid
    },
    stop: async () => {
      stopping = true
      wake()
      await spawned?.stop()
      await watching
    },
  }
}
