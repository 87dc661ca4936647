import { chmod } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { superviseServer } from '../../src/postgres/supervisor.js'
import { createBareCluster } from '../support/database.js'

const POLL_MS = 10

async function until(happened: () => boolean): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += POLL_MS) {
    if (happened()) return
    await pause(POLL_MS)
  }
  throw new Error('did not happen within a minute')
}

t.test('a server that stops by itself is started again as often as it takes, with longer pauses', async (t) => {
  const options = await createBareCluster(t)
  const supervisor = await superviseServer(options)
  t.teardown(() => supervisor.stop())
  const { pid } = supervisor
  // Without its folder no start can succeed.
  await chmod(options.cluster.dataFolder, 0o000)
  process.kill(pid ?? 0, 'SIGQUIT')
  await until(() => options.lines.some((line) => line.includes('next try in 400 ms')))
  t.equal(supervisor.pid, undefined)
  await chmod(options.cluster.dataFolder, 0o700)
  await until(() => supervisor.pid !== undefined)
  t.not(supervisor.pid, pid)
  await until(() => options.lines.includes(`PostgreSQL runs again (process ${supervisor.pid})`))
})
