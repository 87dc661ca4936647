import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkFolder, checkSecretFile, checkSecretFiles } from '../../src/service/file-trust.js'

const UID = process.getuid?.() ?? -1
const STRANGER = 4242
const needsRoot = { skip: UID === 0 ? false : 'needs root' }

const planted = (path: string, why: string, remedy: string) => ({
  code: 'issuer-unavailable',
  detail: `${path} is not trusted: ${why}, so that somebody else may have put there what this CA would believe; look at what is in it, then \`${remedy}\``,
})

t.test('a folder is judged by its own mode, not by its parents’; the sticky bit does not make it ours', async (t) => {
  const parent = t.testdir()
  const folder = join(parent, 'data')
  mkdirSync(folder)
  chmodSync(parent, 0o1777)
  for (const mode of [0o700, 0o711, 0o755]) {
    chmodSync(folder, mode)
    await checkFolder(folder, UID)
  }
  for (const [mode, shown] of [
    [0o720, '0720'],
    [0o702, '0702'],
    [0o1777, '0777'],
  ] as const) {
    chmodSync(folder, mode)
    await t.rejects(checkFolder(folder, UID), planted(folder, `others may write there (mode ${shown})`, `chmod go-w ${folder}`))
  }
  await checkFolder(folder, undefined)
  await checkFolder(join(parent, 'missing'), UID)
})

t.test('only we and root may own what is believed', needsRoot, async (t) => {
  const folder = t.testdir({ 'admin-token': 'lpk_' })
  const file = join(folder, 'admin-token')
  chmodSync(file, 0o600)
  await checkFolder(folder, 1000)
  await checkSecretFile(file, 1000)
  chownSync(folder, STRANGER, STRANGER)
  chownSync(file, STRANGER, STRANGER)
  const why = 'it belongs to the user with id 4242, and this program runs as the user with id 0'
  await t.rejects(checkFolder(folder, UID), planted(folder, why, `chown -h 0 ${folder}`))
  await t.rejects(checkSecretFile(file, UID), planted(file, why, `chown -h 0 ${file}`))
  await checkSecretFile(file, STRANGER)
})

t.test('a link to a file of ours is judged as well', needsRoot, async (t) => {
  const folder = t.testdir()
  const [target, link] = [join(folder, 'target'), join(folder, 'link')]
  const why = 'it belongs to the user with id 4242, and this program runs as the user with id 0'
  const refused = planted(link, why, `chown -h 0 ${link}`)
  symlinkSync(target, link)
  await checkSecretFile(link, UID)
  writeFileSync(target, 'secret', { mode: 0o600 })
  await checkSecretFile(link, UID)
  chownSync(target, STRANGER, STRANGER)
  await t.rejects(checkSecretFile(link, UID), refused)
  chownSync(target, UID, 0)
  lchownSync(link, STRANGER, STRANGER)
  await t.rejects(checkSecretFile(link, UID), refused)
})

t.test('a secret that others may read or write is refused, wherever it lies in the folder', async (t) => {
  const folder = t.testdir({ 'root.key': 'x', 'ca.key': 'y', more: {} })
  for (const name of ['root.key', 'ca.key']) chmodSync(join(folder, name), 0o600)
  await checkSecretFiles(folder, UID)
  const file = join(folder, 'ca.key')
  for (const [mode, shown] of [
    [0o640, '0640'],
    [0o602, '0602'],
  ] as const) {
    chmodSync(file, mode)
    const refused = planted(file, `others may read or write it (mode ${shown})`, `chmod 600 ${file}`)
    await t.rejects(checkSecretFile(file, UID), refused)
    await t.rejects(checkSecretFiles(folder, UID), refused)
  }
  await checkSecretFiles(folder, undefined)
  await checkSecretFile(join(folder, 'missing'), UID)
})
