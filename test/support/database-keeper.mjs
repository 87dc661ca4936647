/**
 * Waits until the test runner is gone, then ends the throw-away server, drops the template of an external one, and
 * removes the folder. Arguments: the runner's pid, the server's pid or 0, the folder. Plain JavaScript: it runs without
 * the loaders of the tests.
 */
import { readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'

const [runner, server, folder] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4] ?? '']
const POLL_MS = 250
const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS))

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

while (isAlive(runner)) await pause()

if (server > 0) {
  try {
    // Immediate shutdown: its data is thrown away.
    process.kill(server, 'SIGQUIT')
  } catch {
    // It is gone already.
  }
  while (isAlive(server)) await pause()
} else {
  // Missing where the server never answered; then there is no template either.
  const ready = await readFile(join(folder, 'ready.json'), 'utf8').catch(() => undefined)
  if (ready !== undefined) await dropTemplate(JSON.parse(ready))
}
// Nothing else is ever removed, whatever the argument says.
if (basename(folder).startsWith('lab-pki-test-')) await rm(folder, { recursive: true, force: true })

async function dropTemplate({ template, ...config }) {
  const { default: pg } = await import('pg')
  const client = new pg.Client(config)
  await client.connect()
  await client.query(`drop database if exists ${template}`)
  await client.end()
}
