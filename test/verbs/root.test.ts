import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import t from 'tap'
import { CERTTOOL, OPENSSL, runReader } from '../support/second-reader.js'
import { adminToken, dataFolder, PROGRAM, runVerb, startService } from '../support/service.js'

const TWO_TIERS = { LAB_PKI_CA_TIERS: '2', LAB_PKI_HTTPS: '127.0.0.1:0', LAB_PKI_HTTPS_NAMES: 'localhost,127.0.0.1' }

/** A call over HTTPS that trusts the root of the CA and nothing else. */
function post(url: string, ca: string, headers: Record<string, string>, body: Buffer): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', ca, headers }, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    call.on('error', reject)
    call.end(body)
  })
}

t.test(
  'two tiers: HTTPS by a certificate of its own, the root key in a safe, its CRL signed there and brought back',
  async (t) => {
    const data = dataFolder(t)
    const safe = dataFolder(t)
    const first = await startService(t, data, TWO_TIERS)
    const token = adminToken(data)
    const root = readFileSync(join(data, 'root.pem'), 'utf8')

    const paste = readFileSync(join(PROGRAM, 'examples', 'asa-enroll.txt'))
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' }
    const answer = await post(`${first.httpsUrl}/v1/requests?format=chain`, root, headers, paste)
    t.equal(answer.status, 201, 'the root alone is trusted, and the listener sends the issuing CA')
    const [leaf = '', issuing = ''] = answer.text.split(/(?<=-----END CERTIFICATE-----\n)/)
    writeFileSync(join(safe, 'issuing.pem'), issuing)
    writeFileSync(join(safe, 'leaf.pem'), leaf)
    const chain = [
      'verify',
      '-x509_strict',
      '-CAfile',
      join(data, 'root.pem'),
      '-untrusted',
      join(safe, 'issuing.pem'),
      join(safe, 'leaf.pem'),
    ]
    const verified = runReader(t, OPENSSL, chain)
    if (verified) t.match(verified.stdout, /leaf\.pem: OK/)

    // With both CRLs, as a gateway with `revocation-check crl` does.
    const crls = await Promise.all(
      ['ca', 'root'].map(async (slug) => (await fetch(`${first.httpUrl}/pki/${slug}.crl`)).arrayBuffer()),
    )
    for (const [i, slug] of ['ca', 'root'].entries())
      writeFileSync(join(safe, `${slug}.crl`), Buffer.from(crls[i] ?? new ArrayBuffer(0)))
    const read = runReader(t, OPENSSL, [
      'crl',
      '-inform',
      'DER',
      '-in',
      join(safe, 'root.crl'),
      '-CAfile',
      join(data, 'root.pem'),
      '-noout',
      '-text',
    ])
    if (read) {
      t.match(read.stderr, /verify OK/)
      t.match(read.stdout, /X509v3 CRL Number/)
    }
    const dumped = runReader(t, CERTTOOL, ['--crl-info', '--inder', '--infile', join(safe, 'ca.crl')])
    if (dumped) t.match(dumped.stdout, /CN=lab-PKI-Issuing-CA/)

    // The root's key leaves.
    writeFileSync(join(safe, 'passphrase'), 'correct horse battery staple\n', { mode: 0o600 })
    runVerb(data, ['root', 'export-key', join(safe, 'stick'), '--passphrase-file', join(safe, 'passphrase')], TWO_TIERS)
    t.notOk(
      readdirSync(join(data, 'keys')).some((name) => name.startsWith('root-')),
      'the key is no longer with the service',
    )
    await first.stop()
    const second = await startService(t, data, TWO_TIERS)
    t.equal((await post(`${second.httpsUrl}/v1/requests`, root, headers, paste)).status, 201, 'the issuing CA goes on')

    // Where the key is, another CRL is signed; the service takes it, and not an older one.
    const key = readdirSync(join(safe, 'stick')).find((name) => name.endsWith('.key')) ?? ''
    const number = String(Math.floor(Date.now() / 1000) + 1000)
    const signing = ['root', 'sign-crl', '--key', join(safe, 'stick', key), '--passphrase-file', join(safe, 'passphrase')]
    const out = ['--certificate', join(safe, 'stick', 'root.pem'), '--out', join(safe, 'new.crl'), '--number', number]
    runVerb(dataFolder(t), [...signing, ...out], TWO_TIERS)
    runVerb(data, ['root', 'import-crl', join(safe, 'new.crl')], TWO_TIERS)
    t.throws(() => runVerb(data, ['root', 'import-crl', join(safe, 'new.crl')], TWO_TIERS), {
      message: new RegExp(`its number ${number} is not above ${number}`),
    })
    await second.stop()
    const third = await startService(t, data, TWO_TIERS)
    const served = Buffer.from(await (await fetch(`${third.httpUrl}/pki/root.crl`)).arrayBuffer())
    const shown = runReader(t, OPENSSL, ['crl', '-inform', 'DER', '-noout', '-crlnumber'], { input: served })
    if (shown) t.equal(Number.parseInt(shown.stdout.split('=')[1] ?? '', 16), Number(number))
  },
)

t.test('a root that issues does not leave', async (t) => {
  const data = dataFolder(t)
  const safe = dataFolder(t)
  const service = await startService(t, data)
  await service.stop()
  writeFileSync(join(safe, 'passphrase'), 'x\n')
  t.throws(() => runVerb(data, ['root', 'export-key', safe, '--passphrase-file', join(safe, 'passphrase')]), {
    message: /this CA has one tier: its root issues certificates, so that its key must stay here/,
  })
})

t.test('two tiers refuse a public URL that only this machine reaches', async (t) => {
  const data = dataFolder(t)
  const failed = await startService(t, data, { LAB_PKI_CA_TIERS: '2', LAB_PKI_PUBLIC_URL: 'http://127.0.0.1:8080' }).catch(
    (error: Error) => error,
  )
  t.match(failed, { message: /LAB_PKI_PUBLIC_URL/ })
})
