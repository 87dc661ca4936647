/**
 * A throw-away PostgreSQL for tests. Under tap every test file is a child of one runner, and all files of a run share one
 * server: the first that needs it starts it, a keeper ends it when the runner is gone. A file run alone has its own.
 */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { Test } from 'tap'
import { chooseAccount, idsFor } from '../../src/postgres/account.js'
import { findBinaries, reachableBinaries } from '../../src/postgres/binaries.js'
import { createCluster, readPassword, SERVICE_ROLE } from '../../src/postgres/cluster.js'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/postgres/embedded.js'
import { processIdentity } from '../../src/postgres/process-identity.js'
import { PROGRAM_ENVIRONMENT } from '../../src/postgres/program.js'
import { makeSocketFolder } from '../../src/postgres/socket-folder.js'
import { loadMigrations, migrate } from '../../src/store/migrate.js'

/** What `connect` of the store takes. */
export interface TestDatabase {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** Superuser URL of a server to use instead of our own, `postgres://postgres:…@127.0.0.1:5432/postgres` say. */
const EXTERNAL_URL = process.env.LAB_PKI_TEST_DATABASE_URL
/** Tap sets it in the processes that it starts. */
const RUNNER = process.env.TAP === '1' ? process.ppid : process.pid
const OWN_UID = process.getuid?.() ?? -1
/** One per run: pids come again, identities do not. */
const RUN = createHash('sha256')
  .update(`${await processIdentity(RUNNER)}`)
  .digest('hex')
  .slice(0, 16)
const SERVER_FOLDER = `/tmp/lab-pki-test-${OWN_UID}-${RUN}`
const READY_FILE = join(SERVER_FOLDER, 'ready.json')
const FAILED_FILE = join(SERVER_FOLDER, 'failed')
const POLL_MS = 50
/** A first start takes 3 s on a busy machine with two cores. */
const START_TIMEOUT_MS = 120_000
const PORT = 5432
/** The project's migrations. */
export const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url))

interface Server extends TestDatabase {
  readonly template: string
}

let shared: Promise<Server> | undefined

/** A migrated, empty database of its own for this test; dropped at the test's end. */
export async function createTestDatabase(t: Test): Promise<TestDatabase> {
  shared ??= sharedServer()
  const { template, ...server } = await shared
  const database = `test_${randomBytes(6).toString('hex')}`
  await withClient(server, (client) => client.query(`create database ${database} template ${template}`).then(() => {}))
  t.teardown(() => withClient(server, (client) => client.query(`drop database ${database} with (force)`).then(() => {})))
  return { ...server, database }
}

/** A server as the service has it, with fsync on. */
export interface TestServer extends EmbeddedPostgres {
  readonly dataDir: string
  /** What it wrote to the service's log at `info` and above, `level message`. */
  readonly log: readonly string[]
}

/** An empty, supervised server of its own for a test that kills it: `process.kill(server.pid, 'SIGKILL')`. Ends with the test. */
export async function createTestServer(t: Test): Promise<TestServer> {
  const dataDir = await createPassableFolder(t)
  const lines: string[] = []
  const server = await startEmbeddedPostgres({
    dataDir,
    uid: OWN_UID,
    randomBytes,
    log: (level, message) => level !== 'debug' && lines.push(`${level} ${message}`),
  })
  t.teardown(() => server.stop())
  return {
    config: server.config,
    get pid() {
      return server.pid
    },
    stop: () => server.stop(),
    dataDir,
    log: lines,
  }
}

/** A cluster on which no server runs yet, with all that `startServer` takes; `lines` is the log. */
export async function createBareCluster(t: Test) {
  const folder = await createPassableFolder(t)
  const account = await chooseAccount({ uid: OWN_UID })
  const binaries = await reachableBinaries(await findBinaries(process.platform, process.arch), account, join(folder, 'programs'))
  const cluster = await createCluster({ folder: join(folder, 'data'), account, binaries, randomBytes })
  const socketFolder = await makeSocketFolder({ folder, account }, '/tmp')
  const lines: string[] = []
  return { binaries, cluster, account, socketFolder, lines, log: (_level: string, line: string) => lines.push(line) }
}

/** A new folder that every user can pass, with a short path; removed at the test's end. */
export async function createPassableFolder(t: Test): Promise<string> {
  const folder = await mkdtemp('/tmp/lab-pki-')
  await chmod(folder, 0o711)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function sharedServer(): Promise<Server> {
  try {
    await mkdir(SERVER_FOLDER, { mode: 0o711 })
  } catch {
    return await waitForServer()
  }
  try {
    const server = EXTERNAL_URL === undefined ? await startServer() : externalServer(EXTERNAL_URL)
    await migrateTemplate(server)
    await writeFile(`${READY_FILE}.new`, JSON.stringify(server), { mode: 0o600 })
    await rename(`${READY_FILE}.new`, READY_FILE)
    return server
  } catch (error) {
    await writeFile(FAILED_FILE, String(error))
    throw error
  }
}

/** Another file of this run starts the server. */
async function waitForServer(): Promise<Server> {
  for (let waited = 0; waited < START_TIMEOUT_MS; waited += POLL_MS) {
    const text = await readFile(READY_FILE, 'utf8').catch(() => undefined)
    if (text !== undefined) return JSON.parse(text) as Server
    const failure = await readFile(FAILED_FILE, 'utf8').catch(() => undefined)
    if (failure !== undefined) throw new Error(`the test database did not start: ${failure}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  throw new Error(`the test database in ${SERVER_FOLDER} was not ready after ${START_TIMEOUT_MS} ms`)
}

async function startServer(): Promise<Server> {
  // The folder is 0711 whatever the umask: PostgreSQL's user passes it.
  await chmod(SERVER_FOLDER, 0o711)
  const account = await chooseAccount({ uid: OWN_UID })
  const found = await findBinaries(process.platform, process.arch)
  const binaries = await reachableBinaries(found, account, join(SERVER_FOLDER, 'binaries'))
  const cluster = await createCluster({
    folder: join(SERVER_FOLDER, 'data'),
    account,
    binaries,
    randomBytes,
    extraSql: [`alter role ${SERVICE_ROLE} superuser`],
  })
  const host = join(SERVER_FOLDER, 'run')
  await mkdir(host, { mode: 0o700 })
  if (account.switched) await chown(host, account.uid, account.gid)
  // Durability is no matter here: nothing of this server outlives the run.
  const settings = {
    listen_addresses: '',
    unix_socket_directories: host,
    fsync: 'off',
    full_page_writes: 'off',
    max_connections: '200',
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(join(binaries.folder, 'bin/postgres'), ['-D', cluster.dataFolder, ...args], {
    ...idsFor(account),
    cwd: '/',
    env: PROGRAM_ENVIRONMENT,
    stdio: 'ignore',
    detached: true,
  })
  child.unref()
  keep(child.pid ?? 0)
  const server = {
    host,
    port: PORT,
    user: SERVICE_ROLE,
    password: await readPassword(cluster),
    database: SERVICE_ROLE,
    template: 'template_lab_pki',
  }
  await waitUntilItAnswers(server)
  return server
}

function externalServer(url: string): Server {
  const { hostname, port, username, password, pathname } = new URL(url)
  keep(0)
  return {
    host: decodeURIComponent(hostname),
    port: Number(port || PORT),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1) || 'postgres',
    template: `template_lab_pki_${RUN}`,
  }
}

/** Ends the server (or drops the template of an external one) and removes the folder when the runner is gone. */
function keep(serverPid: number): void {
  const script = fileURLToPath(new URL('./database-keeper.mjs', import.meta.url))
  const keeper = spawn(process.execPath, [script, String(RUNNER), String(serverPid), SERVER_FOLDER], {
    cwd: '/',
    env: {},
    stdio: 'ignore',
    detached: true,
  })
  keeper.unref()
}

async function waitUntilItAnswers(server: Server): Promise<void> {
  for (let waited = 0; ; waited += POLL_MS) {
    try {
      return await withClient(server, async () => {})
    } catch (error) {
      if (waited > START_TIMEOUT_MS) throw error
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
}

/** Migrates once per run; every test's database is a copy of the result. */
async function migrateTemplate({ template, ...server }: Server): Promise<void> {
  await withClient(server, (client) => client.query(`create database ${template}`).then(() => {}))
  const pool = new pg.Pool({ ...server, database: template })
  try {
    await migrate(pool, await loadMigrations(MIGRATIONS))
  } finally {
    await pool.end()
  }
}

async function withClient(server: TestDatabase, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ ...server })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
