import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { chooseAccount } from '../../src/postgres/account.js'
import { makeSocketFolder, removeSocketFolder } from '../../src/postgres/socket-folder.js'
import { createPassableFolder } from '../support/database.js'

const UID = process.getuid?.() ?? -1

t.test('the socket lies with the database where the path is short and plain', async (t) => {
  const account = await chooseAccount({ uid: UID })
  const home = { folder: await createPassableFolder(t), account }
  const folder = await makeSocketFolder(home, '/nonexistent')
  t.equal(folder, join(home.folder, 'run'))
  const { mode, uid } = await stat(folder)
  t.equal(mode & 0o7777, 0o700)
  t.equal(uid, account.uid)
  await writeFile(join(folder, 'left'), '')
  await makeSocketFolder(home, '/nonexistent')
  t.same(await readdir(folder), [], 'what an earlier start left is removed')
  await removeSocketFolder(home)
  t.same(await readdir(home.folder), [])
})

t.test('elsewhere it gets a fresh folder each time, and the one before is removed', async (t) => {
  const account = await chooseAccount({ uid: UID })
  const parent = await createPassableFolder(t)
  for (const name of ['x'.repeat(90), 'a, b', "it's"]) {
    const home = { folder: join(parent, name), account }
    await mkdir(home.folder)
    const first = await makeSocketFolder(home, parent)
    t.ok(first.startsWith(join(parent, 'lab-pki-')))
    const { mode, uid } = await stat(first)
    t.equal(mode & 0o7777, 0o700)
    t.equal(uid, account.uid)
    const second = await makeSocketFolder(home, parent)
    t.not(second, first)
    await t.rejects(stat(first), { code: 'ENOENT' })
    await removeSocketFolder(home)
    await t.rejects(stat(second), { code: 'ENOENT' })
  }
})

t.test('a folder that belongs to somebody else by now is left alone', async (t) => {
  const account = { uid: UID + 1, gid: -1, name: 'somebody', switched: false }
  const parent = await createPassableFolder(t)
  const home = { folder: join(parent, 'home'), account }
  const foreign = join(parent, 'foreign')
  await mkdir(home.folder)
  await mkdir(foreign)
  await writeFile(join(home.folder, 'socket-folder'), foreign)
  await removeSocketFolder(home)
  t.same(await readdir(parent), ['foreign', 'home'])
  t.same(await readdir(home.folder), [])
})
