import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { OPENSSL, runReader } from './support/second-reader.js'
import { adminToken, dataFolder, PROGRAM, runVerb, startService } from './support/service.js'

const paste = readFileSync(join(PROGRAM, 'examples', 'asa-enroll.txt'))

interface Listed {
  readonly items: readonly { readonly serial: string; readonly subject: string }[]
}

async function issue(url: string, token: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/v1/requests?template=WebServer`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain', ...headers },
    body: paste,
  })
}

async function serials(url: string, token: string): Promise<string[]> {
  const answer = await fetch(`${url}/v1/certificates?limit=200`, { headers: { authorization: `Bearer ${token}` } })
  return ((await answer.json()) as Listed).items.map((item) => item.serial)
}

t.test('a first start serves, and its curl line issues a certificate unedited', async (t) => {
  const data = dataFolder(t)
  const service = await startService(t, data)
  const { stdout } = service.output()
  t.match(stdout, /^lab-PKI-CA is made and ready\.$/m)
  t.match(stdout, /^ {4}MD5 {14}([0-9a-f]{8} ){3}[0-9a-f]{8} /m, 'the fingerprint as an ASA shows it')
  t.match(stdout, /SHA-256 {10}([0-9A-F]{2}:){31}[0-9A-F]{2}$/m)
  const line = /^ {4}(curl .*)$/m.exec(stdout)?.[1] ?? ''
  const certificate = execFileSync('sh', ['-c', line.replace(/^curl /, 'curl --fail ')], { encoding: 'utf8' })
  t.match(certificate, /^-----BEGIN CERTIFICATE-----\n[\s\S]*-----END CERTIFICATE-----\n$/)

  const verified = runReader(t, OPENSSL, ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', join(data, 'root.pem')], {
    input: certificate,
  })
  if (verified) t.equal(verified.stdout, 'stdin: OK\n')

  t.equal(statSync(join(data, 'admin-token')).mode & 0o777, 0o600)
  for (const name of ['keys', 'audit', 'https']) {
    t.equal(statSync(join(data, name)).mode & 0o777, 0o700, name)
    for (const file of readdirSync(join(data, name))) {
      if (!file.endsWith('.pub')) t.equal(statSync(join(data, name, file)).mode & 0o777, 0o600, file)
    }
  }
  const key = readdirSync(join(data, 'keys'))[0] ?? ''
  t.match(readFileSync(join(data, 'keys', key), 'latin1'), /BEGIN ENCRYPTED PRIVATE KEY/)

  const token = adminToken(data)
  const { stderr } = service.output()
  t.notMatch(stderr + stdout, token, 'the token is in no log')
  t.notMatch(stderr, /PRIVATE KEY|BEGIN CERTIFICATE/)
  t.equal(await service.stop(), 0)
})

t.test('a second start finds everything again, and what was answered survives kill -9', async (t) => {
  const data = dataFolder(t)
  const first = await startService(t, data)
  const token = adminToken(data)
  const rootPem = readFileSync(join(data, 'root.pem'), 'utf8')

  // Under load, so that the kill falls into the middle of commits.
  const answered: string[] = []
  let running = true
  const callers = Array.from({ length: 8 }, async () => {
    while (running) {
      try {
        const answer = await issue(first.httpUrl, token)
        const { certificate } = (await answer.json()) as { certificate: { serial: string } }
        answered.push(certificate.serial)
        if (answered.length >= 40) {
          running = false
          first.child.kill('SIGKILL')
        }
      } catch {
        running = false
      }
    }
  })
  await Promise.all(callers)
  await first.exited
  t.ok(answered.length >= 40)

  const second = await startService(t, data)
  t.match(second.output().stdout, /^lab-PKI-CA is ready\.$/m)
  t.equal(readFileSync(join(data, 'root.pem'), 'utf8'), rootPem, 'the same root')
  const stored = new Set(await serials(second.httpUrl, token))
  for (const serial of answered) t.ok(stored.has(serial), `${serial} is there`)
  await second.stop()
  t.match(runVerb(data, ['audit', 'verify']), /vouched for/)
})

/** Pid of the database that a service started: its only child. Linux; `ps` may be missing. */
function databasePid(service: { child: { pid?: number | undefined } }): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const child = pids.find((pid) => {
    try {
      // pid (comm) state ppid …, where comm may hold anything but is in the last parentheses.
      return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]) === service.child.pid
    } catch {
      return false
    }
  })
  if (child === undefined) throw new Error('the service has no database under it')
  return Number(child)
}

t.test('the database child killed under load, and then both: what was answered is there', async (t) => {
  if (process.platform !== 'linux') return
  const data = dataFolder(t)
  const service = await startService(t, data)
  const token = adminToken(data)
  const answered: string[] = []
  let refused = 0
  let running = true
  const callers = Array.from({ length: 8 }, async () => {
    while (running) {
      const answer = await issue(service.httpUrl, token).catch(() => undefined)
      if (answer?.status === 201) {
        const { certificate } = (await answer.json()) as { certificate: { serial: string } }
        answered.push(certificate.serial)
        // The first kill after 20 answers; the service goes on, and the second takes both after 20 more.
        if (answered.length === 20) process.kill(databasePid(service), 'SIGKILL')
        if (answered.length === 40) {
          process.kill(databasePid(service), 'SIGKILL')
          service.child.kill('SIGKILL')
        }
      } else if (answer) {
        refused++
        t.equal(answer.status, 503)
      } else running = false
    }
  })
  await Promise.all(callers)
  await service.exited
  t.ok(answered.length >= 40, `${answered.length} answered, ${refused} refused`)
  const next = await startService(t, data)
  const stored = new Set(await serials(next.httpUrl, token))
  for (const serial of answered) t.ok(stored.has(serial), `${serial} is there`)
  await next.stop()
  t.match(runVerb(data, ['audit', 'verify']), /vouched for/)
})

t.test('a retry after a lost answer gets the same answer, also from the next process', async (t) => {
  const data = dataFolder(t)
  const first = await startService(t, data)
  const token = adminToken(data)
  const one = await (await issue(first.httpUrl, token, { 'idempotency-key': 'asa1' })).text()
  await first.stop('SIGKILL')
  const second = await startService(t, data)
  const again = await issue(second.httpUrl, token, { 'idempotency-key': 'asa1' })
  t.equal(again.status, 201)
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.equal(await again.text(), one)
  t.equal((await serials(second.httpUrl, token)).length, 1)
})

t.test('tokens are made beside a running service and with it stopped, and the admin token file may be deleted', async (t) => {
  const data = dataFolder(t)
  const service = await startService(t, data)
  const beside = runVerb(data, ['token', 'create', '--role', 'admin']).trim()
  t.equal((await issue(service.httpUrl, beside)).status, 201)
  await service.stop()
  rmSync(join(data, 'admin-token'))
  const stopped = runVerb(data, ['token', 'create', '--role', 'auditor', '--name', 'watch']).trim()
  t.match(stopped, /^lpk_[A-Za-z0-9_-]{43}$/)
  t.match(runVerb(data, ['token', 'list']), /\twatch\tauditor\tvalid\tnever used/)
  const next = await startService(t, data)
  t.equal((await issue(next.httpUrl, stopped)).status, 403, 'an auditor does not issue')
  t.equal((await issue(next.httpUrl, beside)).status, 201)
  t.throws(() => statSync(join(data, 'admin-token')), 'it is not made again')
})

t.test('wrong settings stop the start, all named at once', async (t) => {
  const data = dataFolder(t)
  const failed = await startService(t, data, { LAB_PKI_HTTP: 'nonsense', LAB_PKI_CRL_DAYS: '0', LAB_PKI_TYPO: 'x' }).catch(
    (error: Error) => error,
  )
  t.match(failed, { message: /LAB_PKI_HTTP=nonsense/ })
  t.match(failed, { message: /LAB_PKI_CRL_DAYS=0/ })
  t.match(failed, { message: /LAB_PKI_TYPO/ })
})
