import { readFileSync } from 'node:fs'
import t from 'tap'
import { authenticatePaste } from '../../src/asa/authenticate.js'
import { parsePemBlocks } from '../../src/ca/pem.js'

const rootPem = readFileSync(new URL('../fixtures/asa/msca-root-b.crt.pem', import.meta.url), 'utf8')
const caCertificateDer = parsePemBlocks(rootPem)[0]?.der ?? Buffer.alloc(0)

t.test('says before the command which fingerprint the ASA will show', async (t) => {
  t.equal(
    authenticatePaste({ trustpoint: 'LAB_PKI', caCertificateDer, slug: 'root' }),
    `! CA certificate CN=qytang-WIN2019-CA,DC=qytang,DC=com
! Root CA. With an issuing CA below it, the root goes into a trustpoint of its own.
! The ASA will show this fingerprint:
! Fingerprint:     ae7b21b0 3019a3f3 363d140a e322b988
! SHA-256: EA:02:E5:42:ED:D4:DB:61:9C:B1:E6:DD:D6:51:F6:DD:88:07:16:6C:89:10:98:05:F4:87:C4:C7:10:E2:A1:6E
! Compare it with what the operator of the CA tells you. If it is the same, accept the certificate when it asks.
crypto ca authenticate LAB_PKI
${rootPem}quit
`,
  )
})

t.test('the fingerprint line is the one of the console of a real ASA', async (t) => {
  const capture = readFileSync(new URL('../fixtures/asa/asa-console-authenticate-enroll-import-b.txt', import.meta.url), 'utf8')
  const line = capture.split('\n').find((line) => line.startsWith('Fingerprint:')) ?? 'none'
  t.ok(authenticatePaste({ trustpoint: 'CA', caCertificateDer, slug: 'root' }).includes(`! ${line}\n`), line)
})

t.test('says of an issuing CA that the root needs another trustpoint', async (t) => {
  const text = authenticatePaste({ trustpoint: 'X', caCertificateDer, slug: 'ca' })
  t.match(text, '! Issuing CA: for the trustpoint that enrolls. The root goes into another trustpoint.\n')
  t.notMatch(text, /yes|\?/i, 'no answer, and no call for help')
  t.ok(text.endsWith('-----END CERTIFICATE-----\nquit\n'))
})

t.test('takes no trustpoint that would put more into the command', async (t) => {
  t.throws(() => authenticatePaste({ trustpoint: 'X Y', caCertificateDer, slug: 'ca' }), { code: 'trustpoint-syntax' })
})
