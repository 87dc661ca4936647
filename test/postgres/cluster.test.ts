import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { chooseAccount } from '../../src/postgres/account.js'
import { findBinaries, reachableBinaries } from '../../src/postgres/binaries.js'
import {
  checkMajorVersion,
  clusterIn,
  createCluster,
  isUnfinished,
  overwriteForeign,
  readPassword,
} from '../../src/postgres/cluster.js'
import { createPassableFolder } from '../support/database.js'

const UID = process.getuid?.() ?? -1
const BINARIES = { folder: '/programs', version: '18.4.0', major: 18 }

t.test('the secrets of a new cluster are of our user alone, and the superuser has no password', async (t) => {
  const parent = await createPassableFolder(t)
  const folder = join(parent, 'data')
  const account = await chooseAccount({ uid: UID })
  const binaries = await reachableBinaries(await findBinaries(process.platform, process.arch), account, join(parent, 'programs'))
  const cluster = await createCluster({ folder, account, binaries, randomBytes })
  t.same((await readdir(folder)).sort(), ['cluster', 'password'], 'the first password is gone')
  t.same((await readdir(parent)).filter(isUnfinished), [])
  t.equal((await stat(cluster.passwordFile)).mode & 0o777, 0o600)
  t.equal((await stat(cluster.passwordFile)).uid, UID)
  t.equal((await stat(cluster.dataFolder)).mode & 0o777, 0o700)
  t.match(await readPassword(cluster), /^[\w-]{43}$/)
  const rules = join(cluster.dataFolder, 'pg_hba.conf')
  t.equal(await readFile(rules, 'utf8'), 'local all all scram-sha-256\n')
  t.equal((await stat(rules)).uid, account.uid, 'the file stays its user’s')
})

t.test('a link or a pipe that PostgreSQL’s user put in the place of a file is not written through', async (t) => {
  const folder = await createPassableFolder(t)
  const [target, rules] = [join(folder, 'target'), join(folder, 'pg_hba.conf')]
  await writeFile(target, 'precious')
  const refused = {
    code: 'database-unavailable',
    detail: `${rules} is not the file that initdb made: look who changes it, then start again`,
  }
  await t.rejects(overwriteForeign(rules, 'rules'), refused, 'missing')
  await symlink(target, rules)
  await t.rejects(overwriteForeign(rules, 'rules'), refused, 'a symbolic link')
  await rm(rules)
  await link(target, rules)
  await t.rejects(overwriteForeign(rules, 'rules'), refused, 'a hard link')
  await rm(rules)
  t.equal(spawnSync('mkfifo', [rules]).status, 0)
  await t.rejects(overwriteForeign(rules, 'rules'), refused, 'a pipe')
  t.equal(await readFile(target, 'utf8'), 'precious')
  await rm(rules)
  await writeFile(rules, 'a longer text than the one to come')
  await overwriteForeign(rules, 'rules')
  t.equal(await readFile(rules, 'utf8'), 'rules')
})

t.test('a cluster of another version, or a damaged one, is refused', async (t) => {
  const cluster = clusterIn(await createPassableFolder(t))
  const cases = [
    [
      '15\n',
      `the database in ${cluster.dataFolder} is of PostgreSQL 15, and this version of lab-pki brings PostgreSQL 18: run \`npm start -- backup FILE\` with the version of lab-pki that made it, move ${cluster.folder} away, then run \`npm start -- restore FILE\` with this one; nothing was changed`,
    ],
    [
      '19',
      `the database in ${cluster.dataFolder} is of PostgreSQL 19, and this version of lab-pki brings PostgreSQL 18: run \`npm start -- backup FILE\` with the version of lab-pki that made it, move ${cluster.folder} away, then run \`npm start -- restore FILE\` with this one; nothing was changed`,
    ],
    [
      '\0\0\0',
      `${cluster.dataFolder} is not a PostgreSQL cluster any more (its file PG_VERSION is damaged): put the folder back from a copy, or move it away and run \`npm start -- restore FILE\``,
    ],
    [
      '',
      `${cluster.dataFolder} is not a PostgreSQL cluster any more (its file PG_VERSION is missing): put the folder back from a copy, or move it away and run \`npm start -- restore FILE\``,
    ],
  ] as const
  await mkdir(cluster.dataFolder)
  for (const [text, detail] of cases) {
    await writeFile(join(cluster.dataFolder, 'PG_VERSION'), text)
    await t.rejects(checkMajorVersion(cluster, BINARIES), { code: 'database-unavailable', detail })
  }
  await writeFile(join(cluster.dataFolder, 'PG_VERSION'), '18\n')
  await t.resolves(checkMajorVersion(cluster, BINARIES))
})

t.test('a lost password is told', async (t) => {
  const cluster = clusterIn('/nonexistent')
  await t.rejects(readPassword(cluster), {
    code: 'database-unavailable',
    detail:
      "the database's password in /nonexistent/password cannot be read: put the file back, or start the service as the user that owns it",
  })
})

t.test('a full disk is told, and what was begun is removed', { skip: UID === 0 ? false : 'needs root' }, async (t) => {
  const disk = await mkdtemp('/tmp/lab-pki-disk-')
  t.teardown(() => rm(disk, { recursive: true, force: true }))
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'none', disk]).status !== 0) {
    t.skip('this machine lets root mount a small file system', () => {})
    return
  }
  t.teardown(() => spawnSync('umount', [disk]))
  await chmod(disk, 0o711)
  const account = await chooseAccount({ uid: UID })
  const copies = await createPassableFolder(t)
  const binaries = await reachableBinaries(await findBinaries(process.platform, process.arch), account, copies)
  await t.rejects(createCluster({ folder: join(disk, 'data'), account, binaries, randomBytes }), {
    code: 'database-unavailable',
    detail: `initdb of the database in ${disk} failed: the disk that holds ${disk} is full; free some space there and start again, nothing that was answered is lost`,
  })
  t.same(await readdir(disk), [])
})
