import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CaError } from '../errors.js'
import { type Account, chooseAccount, firstBarrier, parentMode } from './account.js'
import { clusterIn } from './cluster.js'
import { createDurably, syncFolder, writeDurably } from './durable.js'
import type { Log } from './log.js'

/** The folder that holds everything of one database: cluster, password, lock, socket, copied programs. */
export interface Home {
  readonly folder: string
  readonly account: Account
}

export interface HomeOptions {
  /** LAB_PKI_DATA. */
  readonly dataDir: string
  readonly uid: number
  /** Where databases lie whose data folder PostgreSQL's user cannot reach. */
  readonly sharedFolder: string
  readonly log: Log
}

/** Of the data folder: names the folder in which the database lies, if that is another. */
const POINTER = 'postgres-location'
/** Of that folder: the data folder that it belongs to. */
const BACK_POINTER = 'belongs-to'
const IN_PLACE = 'postgres'
const CLUSTER = 'data'
/** Enough that two data folders of one machine never meet; short, for the socket below it. */
const HASH_DIGITS = 16
const OTHERS_WRITE = 0o022

/** Where the cluster of this home lies, whether it exists or not. */
export function clusterOf(home: Pick<Home, 'folder'>) {
  return clusterIn(join(home.folder, CLUSTER))
}

/** The home of an existing database of `dataDir`; undefined: it has none yet. Creates nothing. */
export async function findHome(dataDir: string): Promise<string | undefined> {
  const pointed = await readText(join(dataDir, POINTER))
  if (pointed !== undefined) return pointed
  const inPlace = join(dataDir, IN_PLACE)
  return (await exists(inPlace)) ? inPlace : undefined
}

/**
 * Finds the database's home, or makes it: inside the data folder if PostgreSQL's user can reach that, else below
 * `sharedFolder`, with a pointer each way. Modes of folders that existed before are never changed.
 * @throws CaError `database-unavailable`
 */
export async function openHome(options: HomeOptions): Promise<Home> {
  const { uid, log } = options
  if (!(await exists(options.dataDir))) {
    await mkdir(options.dataDir, { recursive: true })
    await chmod(options.dataDir, uid === 0 ? 0o711 : 0o700)
  }
  const dataDir = await realpath(options.dataDir)
  const known = await findHome(dataDir)
  const cluster = known === undefined ? undefined : clusterOf({ folder: known })
  const account = await chooseAccount({ uid, ...(cluster && { cluster: cluster.dataFolder }) })
  const folder = known ?? (await chooseFolder(dataDir, account, options.sharedFolder))
  const elsewhere = dirname(folder) !== dataDir
  if (elsewhere) await makeShared(dirname(folder), account)
  if (await makeFolder(folder, account)) {
    if (elsewhere) log('info', `the user ${account.name} cannot reach ${dataDir}, so the database lies in ${folder}`)
  }
  if (elsewhere) await checkBackPointer(folder, dataDir)
  const barrier = account.switched ? await firstBarrier(folder, account) : undefined
  if (barrier !== undefined) {
    throw new CaError(
      'database-unavailable',
      `PostgreSQL runs as ${account.name}, who cannot pass ${barrier} on the way to the database in ${folder}: let others pass that folder (\`chmod o+x ${barrier}\`), or move the data folder to one that ${account.name} can reach`,
    )
  }
  return { folder, account }
}

/** Decides once, by the pointer, which is written before the folder exists: a crash in between loses nothing. */
async function chooseFolder(dataDir: string, account: Account, sharedFolder: string): Promise<string> {
  if (!account.switched || (await firstBarrier(dataDir, account)) === undefined) return join(dataDir, IN_PLACE)
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, HASH_DIGITS)
  // A database of an earlier folder of this name is neither used nor touched.
  let folder = join(sharedFolder, hash)
  for (let number = 2; await exists(folder); number++) folder = join(sharedFolder, `${hash}-${number}`)
  if (await createDurably(join(dataDir, POINTER), `${folder}\n`)) return folder
  // Another start was faster.
  return (await readText(join(dataDir, POINTER))) ?? folder
}

async function makeShared(folder: string, account: Account): Promise<void> {
  try {
    await makeFolder(folder, account)
    const { uid, mode } = await stat(folder)
    if (uid === 0 && (mode & OTHERS_WRITE) === 0) return
  } catch (cause) {
    throw new CaError(
      'database-unavailable',
      `PostgreSQL runs as ${account.name}, who cannot reach the data folder, and ${folder} cannot be made for its database: set LAB_PKI_DATA to a folder that ${account.name} can reach, or DATABASE_URL to a PostgreSQL server`,
      { cause },
    )
  }
  throw new CaError(
    'database-unavailable',
    `${folder} would hold the database, but others than root may write there: \`chown root ${folder}\`, \`chmod 711 ${folder}\``,
  )
}

/** Whether it was made just now; one that exists keeps its mode. */
async function makeFolder(folder: string, account: Account): Promise<boolean> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
  await chmod(folder, parentMode(account))
  await syncFolder(dirname(folder))
  return true
}

/** A moved data folder takes its database along; a copied one must not share it with the original. */
async function checkBackPointer(folder: string, dataDir: string): Promise<void> {
  const file = join(folder, BACK_POINTER)
  const owner = await readText(file)
  if (owner === dataDir) return
  if (owner !== undefined && (await readText(join(owner, POINTER))) === folder) {
    throw new CaError(
      'database-unavailable',
      `${dataDir} is a copy of ${owner}, and the database in ${folder} belongs to that: copy a database with \`npm start -- backup FILE\` and \`restore FILE\`, after removing ${join(dataDir, POINTER)}`,
    )
  }
  await writeDurably(file, `${dataDir}\n`)
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
