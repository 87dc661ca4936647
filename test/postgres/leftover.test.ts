import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { clusterIn } from '../../src/postgres/cluster.js'
import { clusterMark, endLeftoverServer, readPostmasterFile } from '../../src/postgres/leftover.js'
import { processIdentity } from '../../src/postgres/process-identity.js'
import { createPassableFolder } from '../support/database.js'

const UID = process.getuid?.() ?? -1
/** Larger than any pid of Linux (2^22) or macOS. */
const NO_PID = 99_999_999

async function emptyCluster(t: Test) {
  const cluster = clusterIn(await createPassableFolder(t))
  await mkdir(cluster.dataFolder)
  const own = { uid: UID, gid: -1, name: 'me', switched: false }
  const log: string[] = []
  const leave = async (pid: number | string, socketFolder = '/nonexistent') =>
    await writeFile(join(cluster.dataFolder, 'postmaster.pid'), `${pid}\n${cluster.dataFolder}\n0\n5432\n${socketFolder}\n\n`)
  return {
    cluster,
    log,
    leave,
    end: async () => await endLeftoverServer(cluster, own, (level, line) => log.push(`${level} ${line}`)),
  }
}

t.test('without postmaster.pid there is nothing to do', async (t) => {
  const { cluster, log, end } = await emptyCluster(t)
  await end()
  t.equal(await readPostmasterFile(cluster), undefined)
  t.same(log, [])
})

t.test('a pid that no process has is left to PostgreSQL, which knows it as stale', async (t) => {
  const { cluster, log, leave, end } = await emptyCluster(t)
  await leave(NO_PID)
  await end()
  t.match(await readPostmasterFile(cluster), { pid: NO_PID, port: 5432, socketFolder: '/nonexistent' })
  t.same(log, [])
})

t.test('a living process that does not show the mark of this cluster is never signalled', async (t) => {
  const { cluster, log, leave, end } = await emptyCluster(t)
  // Another cluster's server, say.
  const other = spawn('sh', ['-c', 'echo up; read line', '-D', '/elsewhere', 'cluster_name=lab-pki-other'])
  t.teardown(() => other.kill('SIGKILL'))
  await once(other.stdout, 'data')
  await leave(other.pid ?? 0)
  await end()
  t.equal(await readPostmasterFile(cluster), undefined)
  t.same(log, [
    `info postmaster.pid names process ${other.pid}, which is not the server of this database; removing the stale file`,
  ])
  t.ok(await processIdentity(other.pid ?? 0))
})

t.test('a damaged file is removed', async (t) => {
  const { cluster, leave, end } = await emptyCluster(t)
  await leave('')
  await end()
  t.equal(await readPostmasterFile(cluster), undefined)
})

t.test('processes of a killed server are waited for', async (t) => {
  const { cluster, log, leave, end } = await emptyCluster(t)
  const child = spawn('sh', ['-c', 'echo up; read line; exit', `cluster_name=${await clusterMark(cluster)}`])
  await once(child.stdout, 'data')
  await leave(NO_PID)
  let over = false
  const ending = end().then(() => {
    over = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  t.notOk(over)
  child.stdin.end('\n')
  await ending
  t.same(log, [])
})

t.test('a server that cannot be seen, but answers at its socket, stops the start', async (t) => {
  const { cluster, leave, end } = await emptyCluster(t)
  const server = createServer()
  server.listen(join(cluster.folder, '.s.PGSQL.5432'))
  t.teardown(() => server.close())
  await once(server, 'listening')
  await leave(NO_PID, cluster.folder)
  await t.rejects(end(), {
    code: 'database-unavailable',
    detail: `a PostgreSQL that cannot be seen from here (in another container?) runs on ${cluster.dataFolder}: stop the service that it belongs to, then start this one`,
  })
  t.match(await readFile(join(cluster.dataFolder, 'postmaster.pid'), 'utf8'), /^99999999\n/, 'nothing was changed')
})

t.test('the mark differs between clusters', async (t) => {
  const first = await emptyCluster(t)
  const second = await emptyCluster(t)
  t.not(await clusterMark(first.cluster), await clusterMark(second.cluster))
  t.match(await clusterMark(first.cluster), /^lab-pki-[a-z0-9]+-[a-z0-9]+$/)
})
