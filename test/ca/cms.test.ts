import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import forge from 'node-forge'
import t from 'tap'
import { degeneratePkcs7 } from '../../src/ca/cms.js'
import { parsePemBlocks, pem } from '../../src/ca/pem.js'
import { certificateContent, issueCertificate, LONG_LIVED, testRoot } from '../support/issuance.js'
import { CERTTOOL, OPENSSL, runReader } from '../support/second-reader.js'

const derOf = (name: string) =>
  parsePemBlocks(readFileSync(new URL(`../fixtures/asa/${name}`, import.meta.url), 'utf8'))[0]?.der ?? Buffer.alloc(0)

const root = await testRoot('ca-p256')
const leaf = await issueCertificate(certificateContent(root, LONG_LIVED))
// Without the Windows certificates the order would be the one that DER sorts to, and the test would prove nothing.
const chains: readonly Buffer[][] = [
  [leaf, root.certificateDer],
  [root.certificateDer, leaf],
  [derOf('msca-webserver-issued-for-asa-b.crt.pem'), derOf('msca-root-b.crt.pem')],
  [leaf],
]

t.test('holds the certificates octet for octet, in the order given', async (t) => {
  for (const chain of chains) {
    const p7b = degeneratePkcs7(chain)
    let at = 0
    for (const der of chain) {
      const found = p7b.indexOf(der, at)
      t.ok(found > 0, 'the certificate stands in it')
      at = found + der.length
    }
  }
})

t.test('is a certs-only SignedData: no digest, no content, no signer (RFC 5652, 5.1)', async (t) => {
  const p7b = degeneratePkcs7([leaf])
  t.equal(p7b.subarray(4, 15).toString('hex'), '06092a864886f70d010702', 'ContentInfo: signedData')
  t.match(p7b.toString('hex'), /020101310030(?:0b|80)06092a864886f70d010701/, 'version 1, no digests, eContentType data')
  t.equal(p7b.subarray(-2).toString('hex'), '3100', 'no signerInfos')
})

t.test('is read by openssl, GnuTLS and node-forge, leaf first', async (t) => {
  for (const chain of chains) {
    const p7b = degeneratePkcs7(chain)
    const openssl = runReader(t, OPENSSL, ['pkcs7', '-inform', 'DER', '-print_certs'], { input: p7b })
    if (openssl)
      t.strictSame(
        parsePemBlocks(openssl.stdout).map(({ der }) => der),
        chain,
        'openssl',
      )
    const gnutls = runReader(t, CERTTOOL, ['--p7-info', '--inder'], { input: p7b })
    if (gnutls)
      t.equal(parsePemBlocks(gnutls.stdout).filter(({ label }) => label === 'CERTIFICATE').length, chain.length, 'certtool')
  }
  const rsa = chains[2] ?? []
  const read = forge.pkcs7.messageFromPem(pem('PKCS7', degeneratePkcs7(rsa))) as forge.pkcs7.PkcsSignedData
  const serials = read.certificates.map(({ serialNumber }) => serialNumber.toUpperCase())
  t.strictSame(
    serials,
    rsa.map((der) => new X509Certificate(der).serialNumber),
    'node-forge',
  )
})
