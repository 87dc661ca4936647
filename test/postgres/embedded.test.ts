import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import {
  type EmbeddedDatabaseConfig,
  type EmbeddedPostgresOptions,
  findRunningPostgres,
  startEmbeddedPostgres,
} from '../../src/postgres/embedded.js'
import { isAlive, processIdentity } from '../../src/postgres/process-identity.js'
import { createPassableFolder, createTestServer } from '../support/database.js'
import { compileService, runService } from '../support/database-service.js'

const UID = process.getuid?.() ?? -1
const POLL_MS = 10

function optionsFor(dataDir: string, log: string[] = []): EmbeddedPostgresOptions {
  return { dataDir, uid: UID, randomBytes, log: (level, message) => level !== 'debug' && log.push(`${level} ${message}`) }
}

async function query(config: EmbeddedDatabaseConfig, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ ...config })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

/** Waits for something that another process does. */
async function until(what: string, happened: () => Promise<boolean> | boolean): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += POLL_MS) {
    if (await happened()) return
    await pause(POLL_MS)
  }
  throw new Error(`did not happen within a minute: ${what}`)
}

async function answers(config: EmbeddedDatabaseConfig): Promise<boolean> {
  return await query(config, 'select 1').then(
    () => true,
    () => false,
  )
}

t.test('the cluster is durable, checked, in UTF-8, and reachable through its socket alone', async (t) => {
  const { config } = await createTestServer(t)
  const names = [
    'listen_addresses',
    'fsync',
    'full_page_writes',
    'synchronous_commit',
    'data_checksums',
    'server_encoding',
    'timezone',
    'unix_socket_permissions',
    'password_encryption',
  ]
  const rows = await query(config, `select ${names.map((name) => `current_setting('${name}') as ${name}`).join(', ')}`)
  t.same(rows, [
    {
      listen_addresses: '',
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      data_checksums: 'on',
      server_encoding: 'UTF8',
      timezone: 'UTC',
      unix_socket_permissions: '0700',
      password_encryption: 'scram-sha-256',
    },
  ])
  t.same(
    await query(
      config,
      'select datcollate, datctype, pg_get_userbyid(datdba) as owner from pg_database where datname = current_database()',
    ),
    [{ datcollate: 'C', datctype: 'C', owner: 'lab_pki' }],
  )
  t.same(await query(config, 'select rolname, rolsuper from pg_roles where rolcanlogin'), [
    { rolname: 'lab_pki', rolsuper: false },
  ])
  await t.rejects(query({ ...config, password: 'wrong' }, 'select 1'), { code: '28P01' }, 'a wrong password is refused')
  await t.rejects(query({ ...config, user: 'postgres' }, 'select 1'), { code: '28P01' }, 'the superuser has no password')
})

t.test('a second start finds the rows of the first, and a verb beside it finds the running server', async (t) => {
  const dataDir = await createPassableFolder(t)
  t.equal(await findRunningPostgres(dataDir), undefined)
  const first = await startEmbeddedPostgres(optionsFor(dataDir))
  await query(first.config, 'create table kept (n int)')
  await query(first.config, 'insert into kept values (1)')
  t.same(await findRunningPostgres(dataDir), first.config)
  const { pid } = first
  await first.stop()
  await first.stop()
  t.equal(first.pid, undefined)
  t.notOk(isAlive(pid ?? 0), 'stop waits for the end')
  t.equal(await findRunningPostgres(dataDir), undefined)
  const second = await startEmbeddedPostgres(optionsFor(dataDir))
  t.teardown(() => second.stop())
  t.same(await query(second.config, 'select n from kept'), [{ n: 1 }])
})

t.test('a second service on the same data is refused and harms nothing', async (t) => {
  const server = await createTestServer(t)
  const { pid } = server
  await t.rejects(startEmbeddedPostgres(optionsFor(server.dataDir)), {
    code: 'database-unavailable',
    detail: `another lab-pki (process ${process.pid}) uses the data folder ${server.dataDir}: stop it first (\`kill ${process.pid}\`), or choose another folder with LAB_PKI_DATA`,
  })
  t.equal(server.pid, pid)
  t.ok(await answers(server.config))
})

t.test('two first starts at once make one cluster; the other is refused', async (t) => {
  const dataDir = await createPassableFolder(t)
  const starts = await Promise.allSettled([
    startEmbeddedPostgres(optionsFor(dataDir)),
    startEmbeddedPostgres(optionsFor(dataDir)),
  ])
  for (const start of starts) if (start.status === 'fulfilled') t.teardown(() => start.value.stop())
  t.same(starts.map((start) => start.status).sort(), ['fulfilled', 'rejected'])
})

t.test('after a kill -9 of the service the next start stops its server and finds every answered row', async (t) => {
  const program = await compileService(await createPassableFolder(t))
  const dataDir = await createPassableFolder(t)
  const service = runService(t, program, { dataDir })
  const { config, pid } = await service.ready
  await query(config, 'create table kept (n int)')
  await query(config, 'insert into kept select generate_series(1, 1000)')
  service.child.kill('SIGKILL')
  await service.ended
  t.ok(isAlive(pid), 'its server goes on')
  const log: string[] = []
  const next = await startEmbeddedPostgres(optionsFor(dataDir, log))
  t.teardown(() => next.stop())
  t.equal(await processIdentity(pid), undefined)
  t.not(next.pid, pid)
  t.same(log, [`info PostgreSQL (process ${pid}) was left running by a service that ended without stopping it; stopping it`])
  t.same(await query(next.config, 'select count(*)::int as n from kept'), [{ n: 1000 }])
})

t.test('after a kill -9 of PostgreSQL under load it is started again, and every answered row is there', async (t) => {
  const { config, log, ...server } = await createTestServer(t)
  const { pid } = server
  await query(config, 'create table kept (n int primary key)')
  const answered: number[] = []
  const client = new pg.Client({ ...config })
  client.on('error', () => {})
  await client.connect()
  const load = async () => {
    for (let n = 1; ; n++) {
      await client.query('insert into kept values ($1)', [n])
      answered.push(n)
      if (n === 200 && pid !== undefined) process.kill(pid, 'SIGKILL')
    }
  }
  await t.rejects(load())
  await until('PostgreSQL answers again', async () => await answers(config))
  const rows = (await query(config, 'select n from kept order by n')) as { n: number }[]
  t.same(rows.map(({ n }) => n).slice(0, answered.length), answered)
  t.ok(answered.length >= 200)
  await until('the log says so', () => log.some((line) => line.startsWith('info PostgreSQL runs again')))
  t.ok(
    log.includes(
      `error PostgreSQL (process ${pid}) was ended by SIGKILL; starting it again, it recovers everything that was committed`,
    ),
  )
})

t.test('after a kill -9 of both the next start recovers', async (t) => {
  const program = await compileService(await createPassableFolder(t))
  const dataDir = await createPassableFolder(t)
  const service = runService(t, program, { dataDir })
  const { config, pid } = await service.ready
  await query(config, 'create table kept (n int)')
  await query(config, 'insert into kept values (7)')
  service.child.kill('SIGKILL')
  process.kill(pid, 'SIGKILL')
  await service.ended
  const next = await startEmbeddedPostgres(optionsFor(dataDir))
  t.teardown(() => next.stop())
  t.same(await query(next.config, 'select n from kept'), [{ n: 7 }])
})

t.test('stop in the middle of a restart leaves no process behind', async (t) => {
  const server = await createTestServer(t)
  const { pid } = server
  process.kill(pid ?? 0, 'SIGKILL')
  await server.stop()
  t.equal(server.pid, undefined)
  t.notOk(await answers(server.config))
  const next = await startEmbeddedPostgres(optionsFor(server.dataDir))
  t.teardown(() => next.stop())
  t.ok(await answers(next.config))
})

t.test('a stale pid file that names a living process of somebody else is no hindrance', async (t) => {
  const server = await createTestServer(t)
  const file = join(server.dataDir, 'postgres/data/cluster/postmaster.pid')
  const text = await readFile(file, 'utf8')
  process.kill(server.pid ?? 0, 'SIGKILL')
  await server.stop()
  // Our own parent: it lives, and it is no PostgreSQL.
  await writeFile(file, text.replace(/^\d+/, String(process.ppid)))
  const log: string[] = []
  const next = await startEmbeddedPostgres(optionsFor(server.dataDir, log))
  t.teardown(() => next.stop())
  t.equal(
    log[0],
    `info postmaster.pid names process ${process.ppid}, which is not the server of this database; removing the stale file`,
  )
  t.ok(isAlive(process.ppid))
  t.ok(await answers(next.config))
})

t.test('a cluster of another major version is refused, naming both, and left as it is', async (t) => {
  const server = await createTestServer(t)
  await server.stop()
  const folder = join(server.dataDir, 'postgres/data')
  await writeFile(join(folder, 'cluster/PG_VERSION'), '17\n')
  await t.rejects(startEmbeddedPostgres(optionsFor(server.dataDir)), {
    code: 'database-unavailable',
    detail: `the database in ${folder}/cluster is of PostgreSQL 17, and this version of lab-pki brings PostgreSQL 18: run \`npm start -- backup FILE\` with the version of lab-pki that made it, move ${folder} away, then run \`npm start -- restore FILE\` with this one; nothing was changed`,
  })
  await writeFile(join(folder, 'cluster/PG_VERSION'), '18\n')
  const next = await startEmbeddedPostgres(optionsFor(server.dataDir))
  t.teardown(() => next.stop())
  t.ok(await answers(next.config))
})

t.test('an interrupted first start is begun anew', async (t) => {
  const program = await compileService(await createPassableFolder(t))
  // Once in the middle of initdb, once when initdb is done and the role is not there yet.
  for (const milestone of ['cluster/PG_VERSION', 'cluster/postmaster.pid']) {
    const dataDir = await createPassableFolder(t)
    const home = join(dataDir, 'postgres')
    const service = runService(t, program, { dataDir })
    await until(`initdb writes ${milestone}`, async () => {
      const names = await readdir(home).catch((): string[] => [])
      const unfinished = names.find((name) => name.startsWith('unfinished-'))
      return unfinished !== undefined && (await exists(join(home, unfinished, milestone)))
    })
    service.child.kill('SIGKILL')
    await service.ended
    t.notOk(await exists(join(home, 'data')), 'there is no cluster')
    const next = await startEmbeddedPostgres(optionsFor(dataDir))
    t.ok(await answers(next.config))
    await next.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
})

t.test('neither locale, nor time zone, nor variables of PostgreSQL in the environment matter', async (t) => {
  const program = await compileService(await createPassableFolder(t))
  const dataDir = await createPassableFolder(t)
  const env = {
    LC_ALL: 'xx_YY.missing',
    LANG: 'xx_YY',
    TZ: 'Mars/Phobos',
    PGDATA: '/nowhere',
    PGPORT: '1',
    PGOPTIONS: '-c fsync=off',
  }
  const service = runService(t, program, { dataDir }, { env })
  const { config } = await service.ready
  t.match(await query(config, "select current_setting('fsync') as fsync, current_setting('timezone') as zone"), [
    { fsync: 'on', zone: 'UTC' },
  ])
  service.child.kill('SIGTERM')
  await service.ended
})

t.test('a data folder whose path has 150 characters works', async (t) => {
  const parent = await createPassableFolder(t)
  const dataDir = join(parent, 'x'.repeat(150 - parent.length - 1))
  t.equal(dataDir.length, 150)
  const server = await startEmbeddedPostgres(optionsFor(dataDir))
  t.match(server.config.host, /^\/tmp\/lab-pki-/)
  t.ok(await answers(server.config))
  await server.stop()
  t.notOk(await exists(server.config.host), 'the folder of the socket is gone')
})

t.test('a path with a comma, an apostrophe and spaces works', async (t) => {
  const parent = await createPassableFolder(t)
  const server = await startEmbeddedPostgres(optionsFor(join(parent, `it's a b, c`)))
  t.ok(await answers(server.config))
  await server.stop()
})

t.test('a platform without programs gets one sentence that names DATABASE_URL', async (t) => {
  const dataDir = await createPassableFolder(t)
  await t.rejects(startEmbeddedPostgres({ ...optionsFor(dataDir), platform: 'sunos', arch: 'sparc' }), {
    code: 'database-unavailable',
    detail:
      'there are no PostgreSQL programs for sunos-sparc: set DATABASE_URL=postgres://user:password@host/database to a PostgreSQL server of version 15 or later',
  })
  t.same(await readdir(dataDir), [], 'nothing was made')
})

async function exists(path: string): Promise<boolean> {
  return await readdir(path).then(
    () => true,
    (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOTDIR',
  )
}
