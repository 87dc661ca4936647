import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createDurably, syncTree, writeDurably } from '../../src/postgres/durable.js'
import { createPassableFolder } from '../support/database.js'

t.test('a file is replaced whole, readable by its owner alone', async (t) => {
  const folder = await createPassableFolder(t)
  const file = join(folder, 'file')
  await Promise.all(['one', 'two', 'six'].map((text) => writeDurably(file, text)))
  t.match(await readFile(file, 'utf8'), /^(one|two|six)$/)
  t.equal((await stat(file)).mode & 0o777, 0o600)
  t.same(await readdir(folder), ['file'], 'no draft is left')
})

t.test('of several that create a file at once one does', async (t) => {
  const folder = await createPassableFolder(t)
  const file = join(folder, 'file')
  const made = await Promise.all(['one', 'two', 'six'].map((text) => createDurably(file, text)))
  t.same(made.filter((each) => each).length, 1)
  t.equal(await readFile(file, 'utf8'), ['one', 'two', 'six'][made.indexOf(true)])
  t.same(await readdir(folder), ['file'], 'no draft is left')
})

t.test('a tree gets its modes, links apart', async (t) => {
  const folder = await createPassableFolder(t)
  await mkdir(join(folder, 'inner'))
  await writeFile(join(folder, 'inner/file'), '', { mode: 0o600 })
  await symlink('/etc/passwd', join(folder, 'inner/link'))
  const before = (await stat('/etc/passwd')).mode
  await syncTree(folder, { folderMode: 0o750, fileMode: 0o640 })
  t.equal((await stat(join(folder, 'inner'))).mode & 0o777, 0o750)
  t.equal((await stat(join(folder, 'inner/file'))).mode & 0o777, 0o640)
  t.equal((await stat('/etc/passwd')).mode, before)
})
