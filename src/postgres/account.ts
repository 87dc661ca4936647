import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CaError } from '../errors.js'

/** The user that PostgreSQL runs as. `switched`: not the service's own user, so children are started with its ids. */
export interface Account {
  readonly uid: number
  readonly gid: number
  readonly name: string
  readonly switched: boolean
}

/** Preferred first: what distributions name the database's user, then the user that exists everywhere. */
const UNPRIVILEGED_NAMES = ['postgres', 'nobody']
/** The user database of every Unix; directory services are not asked, since both names are local wherever they exist. */
const PASSWD_FILE = '/etc/passwd'
const OTHERS_EXECUTE = 0o001
const GROUP_EXECUTE = 0o010
const OWNER_EXECUTE = 0o100

/** Where the unprivileged user comes from: `uid` of the service, a cluster that exists already, the user database. */
export interface AccountSource {
  /** Numeric user of the service process (`process.getuid()`). */
  readonly uid: number
  /** An existing cluster keeps its owner, also when a `postgres` user appeared since. */
  readonly cluster?: string
  readonly passwdFile?: string
}

/**
 * The user to run PostgreSQL as: the service's own, or, because PostgreSQL refuses root, an existing `postgres`, else
 * `nobody`. No user is ever created. @throws CaError `database-unavailable`
 */
export async function chooseAccount(source: AccountSource): Promise<Account> {
  const owner = source.cluster === undefined ? undefined : await stat(source.cluster).catch(() => undefined)
  if (source.uid !== 0) {
    if (owner !== undefined && owner.uid !== source.uid) {
      throw new CaError(
        'database-unavailable',
        `the database in ${source.cluster} belongs to the user with id ${owner.uid}, and this service runs as the user with id ${source.uid}: start the service as the user that started it first`,
      )
    }
    return { uid: source.uid, gid: owner?.gid ?? -1, name: `user ${source.uid}`, switched: false }
  }
  const users = await readUsers(source.passwdFile ?? PASSWD_FILE)
  if (owner !== undefined && owner.uid !== 0) {
    const name = users.find((user) => user.uid === owner.uid)?.name ?? `user ${owner.uid}`
    return { uid: owner.uid, gid: owner.gid, name, switched: true }
  }
  for (const name of UNPRIVILEGED_NAMES) {
    const user = users.find((candidate) => candidate.name === name && candidate.uid !== 0)
    if (user !== undefined) return { ...user, switched: true }
  }
  throw new CaError(
    'database-unavailable',
    'PostgreSQL refuses to run as root, and this machine has neither a user `postgres` nor `nobody`: run the service as an ordinary user, or set DATABASE_URL to a PostgreSQL server',
  )
}

/** The first folder on the way to `path` (itself included) that `account` cannot pass; undefined: it can reach it. */
export async function firstBarrier(path: string, account: Account): Promise<string | undefined> {
  const folders: string[] = []
  for (let folder = path; ; folder = dirname(folder)) {
    folders.unshift(folder)
    if (dirname(folder) === folder) break
  }
  for (const folder of folders) {
    const { mode, uid, gid } = await stat(folder)
    const bit = uid === account.uid ? OWNER_EXECUTE : gid === account.gid ? GROUP_EXECUTE : OTHERS_EXECUTE
    if ((mode & bit) === 0) return folder
  }
  return undefined
}

/** Folders around a cluster: another user than ours must get through to it, and must not list them. */
const PASSABLE_MODE = 0o711
const PRIVATE_MODE = 0o700

/** Mode of our own folders on the way to what `account` needs. */
export function parentMode(account: Account): number {
  return account.switched ? PASSABLE_MODE : PRIVATE_MODE
}

/** Ids for `child_process.spawn`; Node then drops the supplementary groups of root as well. */
export function idsFor(account: Account): { uid?: number; gid?: number } {
  return account.switched ? { uid: account.uid, gid: account.gid } : {}
}

async function readUsers(file: string): Promise<{ name: string; uid: number; gid: number }[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
}
