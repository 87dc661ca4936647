/** What two starts at once do to each other; everything else about `serve` is in `main.test.ts`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createTestDatabase } from '../support/database.js'
import { dataFolder, runVerb, startService } from '../support/service.js'

/** Two first starts on one data folder at the same moment: what became of each, and whether what is left starts again. */
async function twoStarts(t: Test, data: string, more: Readonly<Record<string, string>>) {
  const outcomes = await Promise.allSettled([startService(t, data, more), startService(t, data, more)])
  const started = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []))
  t.equal(started.length, 1, refused.join('\n'))
  t.match(refused[0], /another lab-pki \(process \d+\) uses the data folder .*: stop it first/)
  const rootPem = readFileSync(join(data, 'root.pem'), 'utf8')
  t.match(runVerb(data, ['token', 'list'], more), /\tadmin\tadmin\tvalid\t/, 'a verb beside the service is allowed')
  await started[0]?.stop()
  const again = await startService(t, data, more)
  t.equal(readFileSync(join(data, 'root.pem'), 'utf8'), rootPem, 'the keys can be read: the same CA')
  await again.stop()
  t.match(runVerb(data, ['audit', 'verify'], more), /vouched for/)
}

t.test('of two first starts on one data folder one serves, the other says so, and no key is lost', async (t) => {
  await twoStarts(t, dataFolder(t), {})
})

t.test('so it is with a database elsewhere', async (t) => {
  const { user, password, port, host, database } = await createTestDatabase(t)
  const url = `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
  await twoStarts(t, dataFolder(t), { DATABASE_URL: url })
})

t.test('the trail of a new CA is vouched for from its first moment on', async (t) => {
  const data = dataFolder(t)
  await startService(t, data)
  t.match(
    runVerb(data, ['audit', 'verify']),
    /^\d+ events, 1 of them behind the last signed head\neverything .* is vouched for\n$/,
  )
})
