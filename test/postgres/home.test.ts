import { randomBytes } from 'node:crypto'
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { chooseAccount } from '../../src/postgres/account.js'
import { findBinaries } from '../../src/postgres/binaries.js'
import { type EmbeddedDatabaseConfig, startEmbeddedPostgres } from '../../src/postgres/embedded.js'
import { clusterOf, findHome, openHome } from '../../src/postgres/home.js'
import { createPassableFolder } from '../support/database.js'
import { compileService, runService } from '../support/database-service.js'

const UID = process.getuid?.() ?? -1
const NO_ROOT = UID === 0 ? false : 'needs root'
const silent = () => {}

/** As `mktemp -d` makes it: 0700. */
async function privateFolder(t: Test): Promise<string> {
  const folder = await mkdtemp('/tmp/private-')
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function query(config: EmbeddedDatabaseConfig, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ ...config })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o7777).toString(8)
}

t.test(
  'root with a mktemp -d folder: the database lies in the shared folder, and is found again',
  { skip: NO_ROOT },
  async (t) => {
    const dataDir = await privateFolder(t)
    const sharedFolder = join(await createPassableFolder(t), 'shared')
    const account = await chooseAccount({ uid: 0 })
    const log: string[] = []
    const options = {
      dataDir,
      sharedFolder,
      uid: 0,
      randomBytes,
      log: (level: string, message: string) => level !== 'debug' && log.push(message),
    }
    const first = await startEmbeddedPostgres(options)
    const folder = (await findHome(dataDir)) ?? ''
    t.equal(dirname(folder), sharedFolder)
    t.same(log, [
      `the user ${account.name} cannot reach ${dataDir}, so the database lies in ${folder}`,
      `making the database in ${folder}/data/cluster (PostgreSQL 18, run as ${account.name})`,
    ])
    await query(first.config, 'create table kept (n int)')
    await first.stop()

    const cluster = clusterOf({ folder })
    t.equal(await modeOf(dataDir), '700', 'the mode of what is not ours stays')
    for (const parent of [sharedFolder, folder, cluster.folder]) {
      t.equal(await modeOf(parent), '711')
      t.equal((await stat(parent)).uid, 0)
    }
    t.equal(await modeOf(cluster.dataFolder), '700')
    t.equal((await stat(cluster.dataFolder)).uid, account.uid)
    for (const secret of [cluster.passwordFile, join(dataDir, 'postgres-location'), join(folder, 'belongs-to')]) {
      t.equal(await modeOf(secret), '600')
      t.equal((await stat(secret)).uid, 0)
    }
    t.equal(await readFile(join(dataDir, 'postgres-location'), 'utf8'), `${folder}\n`)
    t.equal(await readFile(join(folder, 'belongs-to'), 'utf8'), `${dataDir}\n`)

    const second = await startEmbeddedPostgres(options)
    t.same(await query(second.config, 'select n from kept'), [])
    await second.stop()

    // A moved data folder takes its database along.
    const moved = `${dataDir}-moved`
    t.teardown(() => rm(moved, { recursive: true, force: true }))
    await rename(dataDir, moved)
    const third = await startEmbeddedPostgres({ ...options, dataDir: moved })
    t.same(await query(third.config, 'select n from kept'), [])
    await third.stop()

    // A copied one must not share it.
    await cp(moved, dataDir, { recursive: true })
    await t.rejects(startEmbeddedPostgres(options), {
      code: 'database-unavailable',
      detail: `${dataDir} is a copy of ${moved}, and the database in ${folder} belongs to that: copy a database with \`npm start -- backup FILE\` and \`restore FILE\`, after removing ${dataDir}/postgres-location`,
    })
  },
)

t.test('root with data and checkout below a folder of 0700: programs are copied once', { skip: NO_ROOT }, async (t) => {
  const root = await privateFolder(t)
  const found = await findBinaries(process.platform, process.arch)
  const binariesFrom = join(root, 'checkout/node_modules/postgres')
  await cp(dirname(found.folder), binariesFrom, { recursive: true, verbatimSymlinks: true })
  const sharedFolder = join(await createPassableFolder(t), 'shared')
  const options = { dataDir: join(root, 'checkout/lab-pki-data'), binariesFrom, sharedFolder, uid: 0, randomBytes, log: silent }
  const first = await startEmbeddedPostgres(options)
  t.same(await query(first.config, 'select 1 as n'), [{ n: 1 }])
  await first.stop()
  const copy = join((await findHome(options.dataDir)) ?? '', 'programs', `postgresql-${found.version}`)
  const { ino } = await stat(copy)
  t.equal(await modeOf(dirname(copy)), '711')
  t.equal(await modeOf(root), '700')
  const second = await startEmbeddedPostgres(options)
  t.same(await query(second.config, 'select 1 as n'), [{ n: 1 }])
  await second.stop()
  t.equal((await stat(copy)).ino, ino)
})

t.test('root with a data folder that PostgreSQL can reach: everything lies in it', { skip: NO_ROOT }, async (t) => {
  const parent = await createPassableFolder(t)
  const dataDir = join(parent, 'lab-pki-data')
  const home = await openHome({ dataDir, uid: 0, sharedFolder: join(parent, 'unused'), log: silent })
  t.equal(home.folder, join(dataDir, 'postgres'))
  t.equal(await modeOf(dataDir), '711', 'made by us, so that its database is reachable')
  t.equal(await modeOf(home.folder), '711')
  await t.rejects(stat(join(parent, 'unused')), { code: 'ENOENT' })

  // Closed later, with a database in it: nothing is changed, nothing begun elsewhere.
  await chmod(dataDir, 0o700)
  await t.rejects(openHome({ dataDir, uid: 0, sharedFolder: join(parent, 'unused'), log: silent }), {
    code: 'database-unavailable',
    detail: `PostgreSQL runs as ${home.account.name}, who cannot pass ${dataDir} on the way to the database in ${home.folder}: let others pass that folder (\`chmod o+x ${dataDir}\`), or move the data folder to one that ${home.account.name} can reach`,
  })
  t.equal(await modeOf(dataDir), '700')
})

t.test(
  'a new data folder of an old name gets a database of its own; the old one is not touched',
  { skip: NO_ROOT },
  async (t) => {
    const dataDir = await privateFolder(t)
    const sharedFolder = join(await createPassableFolder(t), 'shared')
    const options = { dataDir, uid: 0, sharedFolder, log: silent }
    const { folder } = await openHome(options)
    await writeFile(join(folder, 'mark'), 'old')
    await rm(dataDir, { recursive: true })
    await mkdir(dataDir, { mode: 0o700 })
    t.equal((await openHome(options)).folder, `${folder}-2`)
    t.equal(await readFile(join(folder, 'mark'), 'utf8'), 'old')
  },
)

t.test('two first starts at once agree where the database lies', { skip: NO_ROOT }, async (t) => {
  const dataDir = await privateFolder(t)
  const sharedFolder = join(await createPassableFolder(t), 'shared')
  const homes = await Promise.all([1, 2, 3, 4].map(() => openHome({ dataDir, uid: 0, sharedFolder, log: silent })))
  t.equal(new Set(homes.map((home) => home.folder)).size, 1)
})

t.test('a shared folder that others may write to is refused', { skip: NO_ROOT }, async (t) => {
  const dataDir = await privateFolder(t)
  const sharedFolder = await createPassableFolder(t)
  await chmod(sharedFolder, 0o777)
  await t.rejects(openHome({ dataDir, uid: 0, sharedFolder, log: silent }), {
    code: 'database-unavailable',
    detail: `${sharedFolder} would hold the database, but others than root may write there: \`chown root ${sharedFolder}\`, \`chmod 711 ${sharedFolder}\``,
  })
})

t.test('an ordinary user has everything in a data folder of 0700', { skip: NO_ROOT }, async (t) => {
  const program = await compileService(await createPassableFolder(t))
  const dataDir = await privateFolder(t)
  const user = await chooseAccount({ uid: 0, passwdFile: '/etc/passwd' })
  await chown(dataDir, user.uid, user.gid)
  // The checkout may lie where that user cannot read it, under /root say.
  const binariesFrom = join(await createPassableFolder(t), 'package')
  const { folder } = await findBinaries(process.platform, process.arch)
  await cp(dirname(folder), binariesFrom, { recursive: true, verbatimSymlinks: true })
  const service = runService(t, program, { dataDir, binariesFrom }, { as: { uid: user.uid, gid: user.gid } })
  const { config } = await service.ready
  t.equal(config.host, join(dataDir, 'postgres/run'))
  t.same(await query(config, 'select 1 as n'), [{ n: 1 }])
  service.child.kill('SIGTERM')
  await service.ended
  for (const path of ['postgres', 'postgres/data', 'postgres/data/cluster']) t.equal(await modeOf(join(dataDir, path)), '700')
  t.equal(await modeOf(join(dataDir, 'postgres/data/password')), '600')
  t.same(service.log.length, 1, 'one line: that the database is made')
})

t.test('an ordinary user whose folder holds the database of somebody else is told so', async (t) => {
  const dataDir = await createPassableFolder(t)
  const dataFolder = join(dataDir, 'postgres/data/cluster')
  await mkdir(dataFolder, { recursive: true })
  const owner = (await stat(dataFolder)).uid
  await t.rejects(chooseAccount({ uid: owner + 1, cluster: dataFolder }), {
    code: 'database-unavailable',
    detail: `the database in ${dataFolder} belongs to the user with id ${owner}, and this service runs as the user with id ${owner + 1}: start the service as the user that started it first`,
  })
})
