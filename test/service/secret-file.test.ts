import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  createDurably,
  makeSecretFolder,
  readAllIfThere,
  readIfThere,
  syncFolder,
  writeDurably,
} from '../../src/service/secret-file.js'

const mode = (path: string): number => statSync(path).mode & 0o777

t.test('a file is written whole, for its owner alone, and nothing else is left in the folder', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'key')
  await writeDurably(file, Buffer.from([0, 0xff, 10]))
  t.same(readFileSync(file), Buffer.from([0, 0xff, 10]))
  t.equal(mode(file), 0o600)
  await writeDurably(join(folder, 'root.pem'), 'for everybody', 0o644)
  t.equal(mode(join(folder, 'root.pem')), 0o644)
  t.same(readdirSync(folder), ['key', 'root.pem'])
})

t.test('a file that was there is replaced, and with it its mode', async (t) => {
  const file = join(t.testdir({ token: 'old' }), 'token')
  await writeDurably(file, 'new')
  t.equal(readFileSync(file, 'utf8'), 'new')
  t.equal(mode(file), 0o600)
})

t.test('what cannot be put into place leaves the old one and no draft', async (t) => {
  const folder = t.testdir({ taken: { inside: 'kept' } })
  await t.rejects(writeDurably(join(folder, 'taken'), 'text'), { code: 'EISDIR' })
  t.same(readdirSync(folder), ['taken'])
  await t.rejects(writeDurably(join(folder, 'missing', 'file'), 'text'), { code: 'ENOENT' })
})

t.test('the draft of a process that crashed is in nobody’s way', async (t) => {
  const folder = t.testdir({ '.0123456789ab.new': 'half a se', key: 'whole' })
  await writeDurably(join(folder, 'key'), 'newer')
  t.equal(await readIfThere(join(folder, 'key')), 'newer')
  t.same(readdirSync(folder), ['.0123456789ab.new', 'key'])
})

t.test('a text is read without its last line break, or to its last character, and a missing one is undefined', async (t) => {
  const folder = t.testdir({ unix: 'a\nb\n', windows: 'a\r\n', none: 'a', two: 'a\n\n' })
  t.equal(await readIfThere(join(folder, 'unix')), 'a\nb')
  t.equal(await readIfThere(join(folder, 'windows')), 'a')
  t.equal(await readIfThere(join(folder, 'none')), 'a')
  t.equal(await readIfThere(join(folder, 'two')), 'a\n')
  t.equal(await readAllIfThere(join(folder, 'unix')), 'a\nb\n')
  t.equal(await readIfThere(join(folder, 'missing')), undefined)
  t.equal(await readAllIfThere(join(folder, 'missing')), undefined)
  await t.rejects(readIfThere(folder), { code: 'EISDIR' }, 'any other failure is one')
})

t.test('a folder for secrets is entered by its owner alone; one that is there is left as it is', async (t) => {
  const folder = t.testdir()
  await makeSecretFolder(join(folder, 'keys'))
  t.equal(mode(join(folder, 'keys')), 0o700)
  mkdirSync(join(folder, 'theirs'), { mode: 0o755 })
  writeFileSync(join(folder, 'theirs', 'file'), 'kept')
  await makeSecretFolder(join(folder, 'theirs'))
  t.equal(mode(join(folder, 'theirs')), 0o755)
  await syncFolder(join(folder, 'theirs'))
  t.same(readdirSync(join(folder, 'theirs')), ['file'])
})

t.test('of many that create one file one does, whole, and the others leave it as it is', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'key')
  const made = await Promise.all(Array.from({ length: 20 }, (_, n) => createDurably(file, `key ${n}\n`)))
  t.equal(made.filter(Boolean).length, 1)
  t.equal(readFileSync(file, 'utf8'), `key ${made.indexOf(true)}\n`)
  t.equal(mode(file), 0o600)
  t.same(readdirSync(folder), ['key'], 'no draft is left')
  await t.rejects(createDurably(join(folder, 'missing', 'file'), 'text'), { code: 'ENOENT' })
})
