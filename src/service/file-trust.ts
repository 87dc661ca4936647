/** Whether what lies in LAB_PKI_DATA can only have been put there by us: whoever plants a secret before the first start knows it. */
import { lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CaError } from '../errors.js'

const OTHERS_WRITE = 0o022
const OTHERS_ANYTHING = 0o077
const PERMISSIONS = 0o777

/**
 * Refuses a folder that another user owns (root apart) or that others may write to; its parents are not judged. One that
 * is not there is fine. @param uid ours; undefined where the platform has none, and nothing is checked.
 * @throws CaError `issuer-unavailable` with the remedy.
 */
export async function checkFolder(path: string, uid: number | undefined): Promise<void> {
  const found = uid === undefined ? undefined : await orMissing(stat(path))
  if (uid === undefined || found === undefined) return
  checkOwner(path, found.uid, uid)
  if ((found.mode & OTHERS_WRITE) === 0) return
  throw untrusted(path, `others may write there (mode ${octal(found.mode)})`, `chmod go-w ${path}`)
}

/**
 * Refuses a secret file that another user owns (root apart), by itself or through its link, or that others may read or
 * write. One that is not there is fine. @throws CaError `issuer-unavailable` with the remedy.
 */
export async function checkSecretFile(path: string, uid: number | undefined): Promise<void> {
  const [link, file] = uid === undefined ? [] : [await orMissing(lstat(path)), await orMissing(stat(path))]
  if (uid === undefined || link === undefined) return
  checkOwner(path, link.uid, uid)
  if (file === undefined) return
  checkOwner(path, file.uid, uid)
  if ((file.mode & OTHERS_ANYTHING) === 0) return
  throw untrusted(path, `others may read or write it (mode ${octal(file.mode)})`, `chmod 600 ${path}`)
}

/** `checkSecretFile` for every file of a folder. */
export async function checkSecretFiles(folder: string, uid: number | undefined): Promise<void> {
  if (uid === undefined) return
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) await checkSecretFile(join(folder, entry.name), uid)
  }
}

function checkOwner(path: string, owner: number, uid: number): void {
  if (owner === uid || owner === 0) return
  throw untrusted(
    path,
    `it belongs to the user with id ${owner}, and this program runs as the user with id ${uid}`,
    `chown -h ${uid} ${path}`,
  )
}

function untrusted(path: string, why: string, remedy: string): CaError {
  return new CaError(
    'issuer-unavailable',
    `${path} is not trusted: ${why}, so that somebody else may have put there what this CA would believe; look at what is in it, then \`${remedy}\``,
  )
}

function octal(mode: number): string {
  return (mode & PERMISSIONS).toString(8).padStart(4, '0')
}

async function orMissing<T>(found: Promise<T>): Promise<T | undefined> {
  return found.catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
}
