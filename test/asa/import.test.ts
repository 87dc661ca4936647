import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { importPaste } from '../../src/asa/import.js'
import { parsePemBlocks } from '../../src/ca/pem.js'
import { CERTTOOL, OPENSSL, runReader } from '../support/second-reader.js'

const issuedPem = readFileSync(new URL('../fixtures/asa/msca-webserver-issued-for-asa-b.crt.pem', import.meta.url), 'utf8')
const certificateDer = parsePemBlocks(issuedPem)[0]?.der ?? Buffer.alloc(0)
const paste = importPaste({ trustpoint: 'LAB_PKI', certificateDer, comments: ['for vpn.lab.example'] })

t.test('is comments, the command, the block at 64 columns, and quit', async (t) => {
  t.equal(paste.text, `! for vpn.lab.example\ncrypto ca import LAB_PKI certificate\n${issuedPem}quit\n`)
  t.equal(paste.command, 'crypto ca import LAB_PKI certificate')
  t.equal(paste.body, `${issuedPem}quit\n`)
  t.equal(paste.text, `! for vpn.lab.example\n${paste.command}\n${paste.body}`)
})

t.test('never answers a question', async (t) => {
  t.notMatch(paste.text, /yes/i)
  t.ok(paste.text.endsWith('-----END CERTIFICATE-----\nquit\n'), 'nothing stands behind quit')
})

t.test('says what to do where the console asks about the FQDN', async (t) => {
  t.strictSame(paste.ifAsked, [
    {
      prompt: 'Would you like to continue with this enrollment? [yes/no]:',
      answer: 'yes',
      why: "the trustpoint's fqdn is not the ASA's own name (%WARNING: ... configured with an fqdn that differs from the system fqdn): enter the command alone, answer, and paste the body then",
    },
  ])
})

t.test('takes no trustpoint that would put more into the command', async (t) => {
  t.throws(() => importPaste({ trustpoint: 'X\nreload', certificateDer, comments: [] }), { code: 'trustpoint-syntax' })
})

t.test('the console finds the certificate in it, and so do second readers', async (t) => {
  t.ok(new X509Certificate(paste.text).raw.equals(certificateDer), 'node:crypto')
  const openssl = runReader(t, OPENSSL, ['x509', '-noout', '-serial'], { input: paste.text })
  if (openssl) t.equal(openssl.stdout, 'serial=11000000146CA288EF7C518E3A000000000014\n')
  const certtool = runReader(t, CERTTOOL, ['--certificate-info'], { input: paste.text })
  if (certtool) t.match(certtool.stdout, /Serial Number \(hex\): 11000000146ca288ef7c518e3a000000000014/)
})
