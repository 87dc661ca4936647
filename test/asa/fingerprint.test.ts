import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { asaFingerprint, fingerprints } from '../../src/asa/fingerprint.js'
import { parsePemBlocks } from '../../src/ca/pem.js'

const rootPem = readFileSync(new URL('../fixtures/asa/msca-root-b.crt.pem', import.meta.url), 'utf8')
const rootDer = parsePemBlocks(rootPem)[0]?.der ?? Buffer.alloc(0)

t.test('shows the MD5 of a CA certificate as a real ASA showed it', async (t) => {
  t.equal(asaFingerprint(rootDer), 'ae7b21b0 3019a3f3 363d140a e322b988')
  const consoleText = readFileSync(
    new URL('../fixtures/asa/asa-console-authenticate-enroll-import-b.txt', import.meta.url),
    'utf8',
  )
  t.ok(consoleText.includes(`Fingerprint:     ${asaFingerprint(rootDer)}`), 'the line of the console capture')
})

t.test('shows SHA-256 and SHA-1 as node:crypto does', async (t) => {
  const certificate = new X509Certificate(rootPem)
  t.strictSame(fingerprints(rootDer), {
    sha256: certificate.fingerprint256,
    sha1: certificate.fingerprint,
    md5Asa: 'ae7b21b0 3019a3f3 363d140a e322b988',
  })
})
