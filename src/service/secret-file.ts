/** Files that must survive a crash whole and that only their owner may read. */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Owner reads and writes; nobody else. */
export const SECRET_MODE = 0o600
/** Owner enters; nobody else. */
export const SECRET_FOLDER_MODE = 0o700

/** Writes a file durably: under another name, synced, then moved into place, so that a crash leaves the old or the new one. */
export async function writeDurably(path: string, content: string | Buffer, mode = SECRET_MODE): Promise<void> {
  await placeDurably(path, content, mode, rename)
}

/**
 * Makes a secret file that appears whole and durable, or not at all. False: there is one already, and it stays as it is; of
 * several callers at once, in any process, one gets true.
 */
export async function createDurably(path: string, content: string | Buffer): Promise<boolean> {
  try {
    await placeDurably(path, content, SECRET_MODE, link)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

async function placeDurably(
  path: string,
  content: string | Buffer,
  mode: number,
  place: (draft: string, path: string) => Promise<void>,
): Promise<void> {
  const draft = join(dirname(path), `.${randomBytes(6).toString('hex')}.new`)
  const file = await open(draft, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, mode)
  try {
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await place(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(path))
}

/** The file's text without the final line break, or undefined where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return (await readAllIfThere(path))?.replace(/\r?\n$/, '')
}

/** The file's text to its last character, or undefined where there is none. */
export async function readAllIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

export async function makeSecretFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: SECRET_FOLDER_MODE })
}

/** A rename is durable only when its folder is synced too. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
