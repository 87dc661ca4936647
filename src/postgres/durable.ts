import { chmod, lstat, open, readdir, rename } from 'node:fs/promises'
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

/** Writes a file so that after a crash it holds the whole of `text` or what it held before. Mode in octal, 0600 by default. */
export async function writeDurably(file: string, text: string, mode = 0o600): Promise<void> {
  const unfinished = `${file}.new`
  const handle = await open(unfinished, 'w', mode)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(unfinished, file)
  await syncFolder(dirname(file))
}
