import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fingerprints } from '../../src/asa/fingerprint.js'
import { type StartFacts, startBlock } from '../../src/service/start-block.js'
import { testRoot } from '../support/issuance.js'

const { certificateDer: rootDer } = await testRoot('ca-p256')
const facts: StartFacts = {
  caName: 'lab-PKI-CA',
  created: false,
  rootDer,
  httpUrl: 'http://127.0.0.1:8080',
  httpsUrl: undefined,
  publicUrl: 'http://pki.lab.example',
  publicUrlIsLoopback: false,
  adminToken: { file: '/var/lib/lab-pki/admin-token' },
  rootPem: '/var/lib/lab-pki/root.pem',
  example: '/opt/lab-pki/examples/asa-enroll.txt',
}
const block = (more: Partial<StartFacts> = {}) => startBlock({ ...facts, ...more })
const curlOf = (text: string): string => /^ {4}(curl .*)$/m.exec(text)?.[1] ?? ''

t.test('says where everything is, with the fingerprints to compare on the device', async (t) => {
  const prints = fingerprints(rootDer)
  t.equal(
    block(),
    `lab-PKI-CA is ready.

  Swagger UI         http://127.0.0.1:8080/docs
  public PKI files   http://pki.lab.example/pki/root.pem  …/root.crl  …/fingerprints  …/asa-authenticate
  admin token        in /var/lib/lab-pki/admin-token (0600; may be deleted once you keep it elsewhere)

  root fingerprints
    SHA-256          ${prints.sha256}
    SHA-1            ${prints.sha1}
    MD5              ${prints.md5Asa}   (what the ASA shows at \`crypto ca authenticate\`)

  sign an example request now:
    curl -sS -H "Authorization: Bearer $(cat /var/lib/lab-pki/admin-token)" --data-binary @/opt/lab-pki/examples/asa-enroll.txt 'http://127.0.0.1:8080/v1/requests?template=WebServer&format=pem'
`,
  )
})

t.test('says when the CA was made just now', async (t) => {
  t.match(block({ created: true }), /^lab-PKI-CA is made and ready\.\n/)
})

t.test('with HTTPS, the API is there and curl trusts the root alone', async (t) => {
  const text = block({ httpsUrl: 'https://pki.lab.example:8443' })
  t.match(text, /Swagger UI {9}https:\/\/pki\.lab\.example:8443\/docs\n/)
  t.match(curlOf(text), 'curl -sS --cacert /var/lib/lab-pki/root.pem -H ')
  t.match(curlOf(text), "'https://pki.lab.example:8443/v1/requests?")
})

t.test('an admin token is where it is: a file, a variable, a person', async (t) => {
  const variable = block({ adminToken: { variable: 'LAB_PKI_ADMIN_TOKEN' } })
  t.match(variable, /admin token {8}the value of LAB_PKI_ADMIN_TOKEN\n/)
  t.match(curlOf(variable), '"Authorization: Bearer $LAB_PKI_ADMIN_TOKEN"')
  const kept = block({ adminToken: { kept: 'kept by you' } })
  t.match(kept, /admin token {8}kept by you\n/)
  t.match(curlOf(kept), '"Authorization: Bearer $TOKEN"')
})

t.test('warns of addresses that only this machine can reach', async (t) => {
  t.notMatch(block(), /WARNING/)
  t.match(
    block({ publicUrl: 'http://127.0.0.1:8080', publicUrlIsLoopback: true }),
    `
  WARNING: certificates carry CRL and CA addresses under http://127.0.0.1:8080, which only this machine can reach.
  For a lab network set LAB_PKI_PUBLIC_URL before you issue certificates that others shall check (see README).
`,
  )
})

t.test('a shell makes of the line the words that are meant, whatever the folder is called', async (t) => {
  for (const name of ['plain', 'two words', "it's", '$HOME `id` "quoted"', 'a;b&c|d', '*?[x]', '#hash', '中文', 'new\nline']) {
    const folder = join(t.testdir(), name)
    mkdirSync(folder, { recursive: true })
    const [adminToken, rootPem, example] = ['admin-token', 'root.pem', 'asa.txt'].map((file) => join(folder, file))
    if (!adminToken || !rootPem || !example) throw new Error('no paths')
    writeFileSync(adminToken, 'lpk_secret\n')
    const text = block({ adminToken: { file: adminToken }, rootPem, example, httpsUrl: 'https://localhost:8443' })
    const line = text.slice(text.indexOf('    curl ') + '    curl '.length)
    const words = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
      .split('\0')
      .slice(0, -1)
    t.same(words, [
      '-sS',
      '--cacert',
      rootPem,
      '-H',
      'Authorization: Bearer lpk_secret',
      '--data-binary',
      `@${example}`,
      'https://localhost:8443/v1/requests?template=WebServer&format=pem',
    ])
  }
})
