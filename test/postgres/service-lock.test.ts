import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { processIdentity } from '../../src/postgres/process-identity.js'
import { serviceLockHolder, takeServiceLock } from '../../src/postgres/service-lock.js'
import { createPassableFolder } from '../support/database.js'

const refusal = (pid: number) => ({
  code: 'database-unavailable',
  detail: `another lab-pki (process ${pid}) uses the data folder /data: stop it first (\`kill ${pid}\`), or choose another folder with LAB_PKI_DATA`,
})

t.test('of many that take it at once exactly one holds it, again and again', async (t) => {
  const folder = await createPassableFolder(t)
  for (let round = 1; round <= 5; round++) {
    const taken = await Promise.allSettled(Array.from({ length: 12 }, () => takeServiceLock(folder, '/data')))
    const holders = taken.filter((each) => each.status === 'fulfilled')
    t.equal(holders.length, 1)
    t.equal(await serviceLockHolder(folder), process.pid)
    await holders[0]?.value.release()
    t.equal(await serviceLockHolder(folder), undefined)
  }
  t.equal((await readdir(folder)).filter((name) => /^service-lock\.\d+$/.test(name)).length, 1, 'older locks are removed')
  t.same(
    (await readdir(folder)).filter((name) => name.endsWith('.draft')),
    [],
  )
})

t.test('a lock whose process is gone, or whose pid is another process now, is free', async (t) => {
  const folder = await createPassableFolder(t)
  const identity = (await processIdentity(process.pid)) ?? ''
  const [pid, started, boot] = identity.split(' ')
  for (const stale of ['released', '', `999999999 ${started} ${boot}`, `${pid} 1 ${boot}`, `${pid} ${started} another-boot`]) {
    await writeFile(join(folder, 'service-lock.7'), stale)
    const lock = await takeServiceLock(folder, '/data')
    t.same(await readdir(folder), ['service-lock.8'])
    t.equal(await readFile(join(folder, 'service-lock.8'), 'utf8'), identity)
    await lock.release()
    await writeFile(join(folder, 'service-lock.7'), '')
    await rm(join(folder, 'service-lock.8'))
  }
})

t.test('a living holder is named', async (t) => {
  const folder = await createPassableFolder(t)
  await writeFile(join(folder, 'service-lock.3'), (await processIdentity(process.ppid)) ?? '')
  await t.rejects(takeServiceLock(folder, '/data'), refusal(process.ppid))
  t.same(await readdir(folder), ['service-lock.3'])
})
