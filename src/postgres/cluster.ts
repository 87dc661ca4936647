import { constants } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CaError } from '../errors.js'
import { type Account, parentMode } from './account.js'
import type { Binaries } from './binaries.js'
import { syncFolder, writeDurably } from './durable.js'
import { programFailure, runProgram } from './program.js'

/** Role that owns the service's database, and that database. */
export const SERVICE_ROLE = 'lab_pki'
const SUPERUSER = 'postgres'
/** 256 bits: read by programs only. */
const PASSWORD_OCTETS = 32
/** PostgreSQL refuses a cluster that its group may write or others may enter. */
const CLUSTER_MODE = 0o700
const UNFINISHED_PREFIX = 'unfinished-'
/** The only way in: the unix socket, with a password. Only the service's role has one. */
const HOST_BASED_AUTHENTICATION = 'local all all scram-sha-256\n'

/** A folder with a complete cluster and the password for it; the two appear together, by one rename. */
export interface Cluster {
  readonly folder: string
  /** PostgreSQL's own folder, 0700 and of its user. */
  readonly dataFolder: string
  /** 0600, of the service's user. */
  readonly passwordFile: string
}

export function clusterIn(folder: string): Cluster {
  return { folder, dataFolder: join(folder, 'cluster'), passwordFile: join(folder, 'password') }
}

export interface NewCluster {
  readonly folder: string
  readonly account: Account
  readonly binaries: Binaries
  readonly randomBytes: (octets: number) => Buffer
  /** SQL for the superuser, before anybody can connect; one statement a line. */
  readonly extraSql?: readonly string[]
}

/**
 * Makes a cluster with role and database `lab_pki`. All of it happens in a folder of another name beside `folder`, so an
 * interruption at any moment leaves nothing that a later start would trust. @throws CaError `database-unavailable`
 */
export async function createCluster(options: NewCluster): Promise<Cluster> {
  const { account, binaries } = options
  const parent = dirname(options.folder)
  const unfinished = clusterIn(await mkdtemp(join(parent, UNFINISHED_PREFIX)))
  try {
    // Step 1: an empty folder for PostgreSQL's user, which can pass ours but not read it.
    await chmod(unfinished.folder, parentMode(account))
    await mkdir(unfinished.dataFolder, { mode: CLUSTER_MODE })
    if (account.switched) await chown(unfinished.dataFolder, account.uid, account.gid)
    // Step 2: initdb. The superuser's password is never kept: step 3 takes it away again.
    const throwAway = join(unfinished.folder, 'initial-password')
    await writeFile(throwAway, `${newPassword(options)}\n`, { mode: 0o600 })
    if (account.switched) await chown(throwAway, account.uid, account.gid)
    await finish(
      'initdb',
      unfinished,
      await runProgram(join(binaries.folder, 'bin/initdb'), initdbArguments(unfinished, throwAway), account),
    )
    await rm(throwAway)
    // Step 3: role and database, through the single-user mode: there is no moment at which anybody could connect.
    const password = newPassword(options)
    const sql = [
      `create role ${SERVICE_ROLE} login password '${password}'`,
      `create database ${SERVICE_ROLE} owner ${SERVICE_ROLE}`,
      `alter role ${SUPERUSER} nologin password null`,
      ...(options.extraSql ?? []),
    ]
    await finish('the first setup', unfinished, await runSingleUser(unfinished, binaries, account, sql))
    await overwriteForeign(join(unfinished.dataFolder, 'pg_hba.conf'), HOST_BASED_AUTHENTICATION)
    await writeDurably(unfinished.passwordFile, `${password}\n`)
    await syncFolder(unfinished.dataFolder)
    // Step 4: the name under which the next start looks for it.
    await rename(unfinished.folder, options.folder)
    await syncFolder(parent)
    return clusterIn(options.folder)
  } catch (error) {
    await rm(unfinished.folder, { recursive: true, force: true }).catch(() => {})
    throw error
  }
}

/**
 * Replaces the content of a file in a folder of PostgreSQL's user, who may have put something else under its name: through
 * a link root would overwrite any file of the machine. @throws CaError `database-unavailable`
 */
export async function overwriteForeign(file: string, text: string): Promise<void> {
  const refused = (cause?: unknown) =>
    new CaError('database-unavailable', `${file} is not the file that initdb made: look who changes it, then start again`, {
      cause,
    })
  // Without waiting: a pipe under this name would never open.
  const flags = constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const handle = await open(file, flags).catch((cause: unknown) => Promise.reject(refused(cause)))
  try {
    const entry = await handle.stat()
    if (!entry.isFile() || entry.nlink !== 1) throw refused()
    await handle.truncate(0)
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Prefix of folders that an interrupted `createCluster` leaves; whoever holds the service lock may remove them. */
export function isUnfinished(name: string): boolean {
  return name.startsWith(UNFINISHED_PREFIX)
}

/** Refuses a cluster of another major version, which this PostgreSQL could not read. Changes nothing. */
export async function checkMajorVersion(cluster: Cluster, binaries: Binaries): Promise<void> {
  const text = await readFile(join(cluster.dataFolder, 'PG_VERSION'), 'utf8').catch(() => '')
  const found = text.trim()
  if (found === String(binaries.major)) return
  if (!/^\d+$/.test(found)) {
    throw new CaError(
      'database-unavailable',
      `${cluster.dataFolder} is not a PostgreSQL cluster any more (its file PG_VERSION ${text === '' ? 'is missing' : 'is damaged'}): put the folder back from a copy, or move it away and run \`npm start -- restore FILE\``,
    )
  }
  throw new CaError(
    'database-unavailable',
    `the database in ${cluster.dataFolder} is of PostgreSQL ${found}, and this version of lab-pki brings PostgreSQL ${binaries.major}: run \`npm start -- backup FILE\` with the version of lab-pki that made it, move ${cluster.folder} away, then run \`npm start -- restore FILE\` with this one; nothing was changed`,
  )
}

/** The service role's password. */
export async function readPassword(cluster: Cluster): Promise<string> {
  try {
    return (await readFile(cluster.passwordFile, 'utf8')).trim()
  } catch (cause) {
    throw new CaError(
      'database-unavailable',
      `the database's password in ${cluster.passwordFile} cannot be read: put the file back, or start the service as the user that owns it`,
      { cause },
    )
  }
}

function initdbArguments(cluster: Cluster, passwordFile: string): string[] {
  return [
    '--no-locale',
    '--encoding=UTF8',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--data-checksums',
    `--username=${SUPERUSER}`,
    '-D',
    cluster.dataFolder,
  ]
}

async function runSingleUser(cluster: Cluster, binaries: Binaries, account: Account, sql: readonly string[]) {
  // `exit_on_error`: the single-user mode would go on after an error and end with 0.
  const args = ['--single', '-c', 'exit_on_error=on', '-D', cluster.dataFolder, 'postgres']
  return await runProgram(join(binaries.folder, 'bin/postgres'), args, account, `${sql.join('\n')}\n`)
}

async function finish(what: string, cluster: Cluster, finished: { code: number; output: string }): Promise<void> {
  if (finished.code === 0) return
  throw programFailure(`${what} of the database in ${dirname(cluster.folder)} failed`, dirname(cluster.folder), finished.output)
}

/** Letters, digits, `-` and `_` only: it stands in SQL without quoting. */
function newPassword({ randomBytes }: NewCluster): string {
  return randomBytes(PASSWORD_OCTETS).toString('base64url')
}
