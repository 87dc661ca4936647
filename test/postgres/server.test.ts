import { readdir } from 'node:fs/promises'
import t from 'tap'
import { processIdentity } from '../../src/postgres/process-identity.js'
import { type Server, startServer } from '../../src/postgres/server.js'
import { createBareCluster } from '../support/database.js'

t.test('a start can be broken off, and a server that is refused says why', async (t) => {
  const options = await createBareCluster(t)
  let spawned: Server | undefined
  await t.rejects(
    startServer({
      ...options,
      onSpawn: (server) => {
        spawned = server
        void server.stop()
      },
    }),
    { code: 'database-unavailable' },
  )
  t.equal(await processIdentity(spawned?.pid ?? 0), undefined)
  const running = await startServer({ ...options, onSpawn: () => {} })
  await t.rejects(startServer({ ...options, onSpawn: () => {} }), {
    code: 'database-unavailable',
    detail: `PostgreSQL did not start on ${options.cluster.dataFolder}: FATAL:  lock file "postmaster.pid" already exists`,
  })
  await running.stop()
  t.equal(await running.ended, 'ended with status 0')
  t.same(await readdir(options.socketFolder), [])
})
