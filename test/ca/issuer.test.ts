import t from 'tap'
import { createIssuer, publicationUrls } from '../../src/ca/issuer.js'
import { formatName } from '../../src/ca/name.js'
import { keyIdentifier, spkiSha256 } from '../../src/ca/public-key.js'
import { signerFromKey } from '../../src/ca/signer.js'
import { makeRequest, NOW, testKey, testRoot } from '../support/issuance.js'

t.test('addresses are plain http under the public URL, at paths that never change', async (t) => {
  t.strictSame(publicationUrls('http://pki.lab.example', 'root'), {
    crl: 'http://pki.lab.example/pki/root.crl',
    caCertificate: 'http://pki.lab.example/pki/root.cer',
  })
  t.strictSame(publicationUrls('http://10.0.0.5:8080/lab/', 'ca'), {
    crl: 'http://10.0.0.5:8080/lab/pki/ca.crl',
    caCertificate: 'http://10.0.0.5:8080/lab/pki/ca.cer',
  })
})

t.test('a public URL of another scheme is refused', async (t) => {
  t.throws(() => publicationUrls('https://pki.lab.example', 'root'), {
    code: 'internal',
    detail: 'the public URL https://pki.lab.example must begin with http://, since CRLs are fetched before TLS can be trusted',
  })
})

t.test('an issuer knows from its certificate what goes into all it signs', async (t) => {
  const root = await testRoot('ca-p256')
  t.equal(formatName(root.subject), 'CN=lab-PKI-CA')
  t.ok(root.keyIdentifier.equals(keyIdentifier(root.signer.spkiDer)))
  t.equal(root.notBefore.toISOString(), '2020-01-01T00:00:00.000Z')
  t.equal(root.notAfter.toISOString(), '2037-12-31T23:59:59.000Z')
  const id = root.keyIdentifier.toString('hex')
  const crl = Buffer.from('http://pki.lab.example/pki/root.crl').toString('hex')
  const cer = Buffer.from('http://pki.lab.example/pki/root.cer').toString('hex')
  t.equal(
    root.extensionsDer.toString('hex'),
    `301f0603551d23041830168014${id}` +
      `30340603551d1f042d302b3029a027a0258623${crl}` +
      `303f06082b0601050507010104333031302f06082b060105050730028623${cer}`,
  )
})

t.test('a key that is not the one in the certificate is refused', async (t) => {
  const { certificateDer } = await testRoot('ca-p256')
  const { publicKey } = makeRequest({})
  const record = {
    id: 1,
    slug: 'root',
    state: 'active',
    certificateDer,
    spkiSha256: spkiSha256(publicKey),
    createdAt: NOW,
  } as const
  t.throws(() => createIssuer(record, signerFromKey(testKey('ca-rsa2048')), 'http://pki.lab.example'), {
    code: 'issuer-unavailable',
    detail: 'the private key for issuer root is not the one in its certificate',
  })
  t.notOk(createIssuer(record, undefined, 'http://pki.lab.example').signer, 'an exported key is no fault')
  t.throws(() => createIssuer({ ...record, certificateDer: Buffer.of(0x30, 0) }, undefined, 'http://pki.lab.example'), {
    code: 'issuer-unavailable',
    detail: 'the stored certificate of issuer root is no X.509 v3 certificate',
  })
})
