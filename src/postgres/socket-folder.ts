import { chmod, chown, lstat, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Account } from './account.js'
import { writeDurably } from './durable.js'
import type { Home } from './home.js'

/** PostgreSQL's number for the socket's name; nothing listens on TCP. */
export const SOCKET_PORT = 5432
/** `sun_path` has 108 octets on Linux and 104 on macOS, with the final NUL. */
const MAX_SOCKET_PATH_OCTETS = 103
/** `unix_socket_directories` is a list: commas, quotes and spaces would need care that a short folder makes needless. */
const PLAIN_PATH = /^[\w./-]+$/
const RECORD = 'socket-folder'
const PREFIX = 'lab-pki-'
/** PostgreSQL's user makes the socket; the service (the same user, or root) connects. */
const MODE = 0o700

/**
 * An empty folder for the socket: in `home`, or where that path is too long a fresh one in `temporaryFolder` with a name
 * that nobody can foresee. What an earlier start left is removed. Only the holder of the service lock may call it.
 */
export async function makeSocketFolder(home: Home, temporaryFolder: string): Promise<string> {
  await removeSocketFolder(home)
  const usual = join(home.folder, 'run')
  const octets = Buffer.byteLength(join(usual, `.s.PGSQL.${SOCKET_PORT}`))
  if (octets <= MAX_SOCKET_PATH_OCTETS && PLAIN_PATH.test(usual)) {
    await mkdir(usual)
    await giveTo(usual, home.account)
    return usual
  }
  const folder = await mkdtemp(join(temporaryFolder, PREFIX))
  await writeDurably(join(home.folder, RECORD), folder)
  await giveTo(folder, home.account)
  return folder
}

/** Removes the socket's folder, wherever it is. */
export async function removeSocketFolder(home: Home): Promise<void> {
  await rm(join(home.folder, 'run'), { recursive: true, force: true })
  const recorded = await readFile(join(home.folder, RECORD), 'utf8').catch(() => undefined)
  if (recorded === undefined) return
  // Since then somebody else may have got a folder of that name; what is not ours stays.
  const entry = await lstat(recorded).catch(() => undefined)
  if (entry?.isDirectory() && entry.uid === home.account.uid) await rm(recorded, { recursive: true, force: true })
  await rm(join(home.folder, RECORD), { force: true })
}

async function giveTo(folder: string, account: Account): Promise<void> {
  await chmod(folder, MODE)
  if (account.switched) await chown(folder, account.uid, account.gid)
}
