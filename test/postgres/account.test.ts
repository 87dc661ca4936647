import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { type Account, chooseAccount, firstBarrier, idsFor, parentMode } from '../../src/postgres/account.js'
import { createPassableFolder } from '../support/database.js'

const OWN: Account = { uid: 1000, gid: -1, name: 'user 1000', switched: false }
const NOBODY: Account = { uid: 65534, gid: 65534, name: 'nobody', switched: true }
/** Neither the owner of the folders, nor in their group, whoever runs the tests. */
const STRANGER: Account = { uid: 4_000_000, gid: 4_000_000, name: 'stranger', switched: true }

t.test('an ordinary user runs PostgreSQL itself', async (t) => {
  const account = await chooseAccount({ uid: 1000, passwdFile: '/nonexistent' })
  t.same(account, OWN)
  t.same(idsFor(account), {})
  t.equal(parentMode(account), 0o700)
})

t.test('root runs it as postgres where that user exists, else as nobody, and makes no user', async (t) => {
  const folder = await createPassableFolder(t)
  const passwdFile = join(folder, 'passwd')
  const nobody = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n'
  await writeFile(passwdFile, `${nobody}postgres:x:101:104::/:/bin/sh\n`)
  t.same(await chooseAccount({ uid: 0, passwdFile }), { uid: 101, gid: 104, name: 'postgres', switched: true })
  await writeFile(passwdFile, nobody)
  t.same(await chooseAccount({ uid: 0, passwdFile }), NOBODY)
  t.same(idsFor(NOBODY), { uid: 65534, gid: 65534 })
  t.equal(parentMode(NOBODY), 0o711)
  await writeFile(passwdFile, 'root:x:0:0:root:/root:/bin/sh\npostgres:x:0:0::/:/bin/sh\n')
  await t.rejects(chooseAccount({ uid: 0, passwdFile }), {
    code: 'database-unavailable',
    detail:
      'PostgreSQL refuses to run as root, and this machine has neither a user `postgres` nor `nobody`: run the service as an ordinary user, or set DATABASE_URL to a PostgreSQL server',
  })
})

t.test('the first folder that cannot be passed is named', async (t) => {
  const top = await createPassableFolder(t)
  const inner = join(top, 'a/b')
  await mkdir(inner, { recursive: true })
  for (const folder of [join(top, 'a'), inner]) await chmod(folder, 0o711)
  t.equal(await firstBarrier(inner, STRANGER), undefined)
  await chmod(join(top, 'a'), 0o700)
  t.equal(await firstBarrier(inner, STRANGER), join(top, 'a'))
})
