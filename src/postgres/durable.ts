import { chmod, link, lstat, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Waits until the folder's entries (created, renamed, removed names) are on disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

/** Sets the modes of everything under `folder` and waits until all of it is on disk. Symbolic links are left alone. */
export async function syncTree(folder: string, modes: { folderMode: number; fileMode: number }): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const entry = await lstat(path)
    if (entry.isDirectory()) await syncTree(path, modes)
    if (!entry.isFile()) continue
    await chmod(path, modes.fileMode)
    await syncFolder(path)
  }
  await chmod(folder, modes.folderMode)
  await syncFolder(folder)
}

/** Writes a file so that after a crash it holds the whole of `text` or what it held before. Mode 0600. */
export async function writeDurably(file: string, text: string): Promise<void> {
  const draft = await writeDraft(file, text)
  await rename(draft, file)
  await syncFolder(dirname(file))
}

/**
 * Makes a file that appears with its whole content, durable and with mode 0600, or not at all. False: it exists already,
 * and stays as it is; of several callers at once one gets true. (Opening exclusively and then writing could show a part.)
 */
export async function createDurably(file: string, text: string): Promise<boolean> {
  const draft = await writeDraft(file, text)
  try {
    await link(draft, file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(file))
  return true
}

let drafts = 0

/** Under a name that neither another process nor another call of this one uses. */
async function writeDraft(file: string, text: string): Promise<string> {
  const draft = `${file}.${process.pid}-${++drafts}.draft`
  await writeFile(draft, text, { mode: 0o600, flush: true })
  return draft
}
