import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { isAlive, processesMarked, processIdentity } from '../../src/postgres/process-identity.js'

const UID = process.getuid?.() ?? -1

t.test('a process has one identity as long as it lives, and none afterwards', async (t) => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  const pid = child.pid ?? 0
  const identity = await processIdentity(pid)
  t.match(identity, new RegExp(`^${pid} `))
  t.equal(await processIdentity(pid), identity)
  t.not(identity, await processIdentity(process.pid))
  t.ok(isAlive(pid))
  child.kill('SIGKILL')
  await once(child, 'close')
  t.equal(await processIdentity(pid), undefined)
  t.notOk(isAlive(pid))
})

t.test('no pid at all is no process', async (t) => {
  for (const pid of [0, -1, Number.NaN, 1.5]) {
    t.notOk(isAlive(pid))
    t.equal(await processIdentity(pid), undefined)
  }
})

t.test('processes are found by a mark in their command line, and only those of the user', async (t) => {
  const mark = `mark-${process.pid}-of-this-test`
  const child = spawn(process.execPath, ['-e', 'console.log(1); setTimeout(() => {}, 60000)', mark], { env: {} })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  t.same(await processesMarked(mark, UID), [child.pid])
  t.same(await processesMarked(mark, UID + 1), [])
  t.same(await processesMarked(`${mark}-not`, UID), [])
})
