import { X509Certificate } from 'node:crypto'
import * as pkijs from 'pkijs'
import t from 'tap'
import { readDer } from '../../src/ca/der.js'
import { lintCertificate } from '../../src/ca/lint.js'
import { parseDistinguishedName } from '../../src/ca/name.js'
import { OID } from '../../src/ca/oid.js'
import { assembleCertificate, buildTbsCertificate } from '../../src/ca/tbs.js'
import { equalsGolden } from '../support/golden.js'
import {
  certificateContent,
  issueCertificate,
  LONG_LIVED,
  makeName,
  makeRequest,
  shippedTemplate,
  testRoot,
} from '../support/issuance.js'
import { certtoolText, opensslText, verifyChain } from '../support/verify-chain.js'

const SUBJECT = parseDistinguishedName('CN=vpn.lab.example,O=Lab,C=GB')

t.test('golden: WebServer for an RSA key, VPNGateway for an EC key, and a certificate without a subject', async (t) => {
  const root = await testRoot('ca-rsa2048')
  equalsGolden(t, 'certificates/web-server-rsa2048.tbs.hex', buildTbsCertificate(certificateContent(root)))
  const csr = makeRequest({ subject: SUBJECT, key: 'leaf-p256' })
  const vpn = certificateContent(root, {
    csr,
    template: shippedTemplate('VPNGateway'),
    subjectAltNames: [
      { type: 'dns', value: 'vpn.lab.example' },
      { type: 'ip', value: '203.0.113.1' },
      { type: 'ip', value: '2001:db8::1' },
    ],
  })
  equalsGolden(t, 'certificates/vpn-gateway-p256.tbs.hex', buildTbsCertificate(vpn))
  const empty = certificateContent(root, { csr: makeRequest({ subject: makeName() }) })
  equalsGolden(t, 'certificates/web-server-no-subject.tbs.hex', buildTbsCertificate(empty))
})

t.test('golden: a whole certificate, since PKCS#1 v1.5 signs without randomness', async (t) => {
  const root = await testRoot('ca-rsa2048')
  equalsGolden(t, 'certificates/web-server-rsa2048.crt.hex', await issueCertificate(certificateContent(root)))
})

t.test('subject and key stand in the certificate octet for octet, odd string types and multi-valued RDNs included', async (t) => {
  const root = await testRoot('ca-p256')
  const subject = makeName(
    { type: OID.organizationName, value: 'Lab', tag: 0x14 },
    { type: OID.commonName, value: 'vpn.lab.example', tag: 0x1e },
    [
      { type: OID.unstructuredAddress, value: '203.0.113.1', tag: 0x13 },
      { type: OID.unstructuredName, value: 'vpn.lab.example', tag: 0x16 },
    ],
  )
  const csr = makeRequest({ subject })
  const fields = readDer(buildTbsCertificate(certificateContent(root, { csr }))).children
  t.ok(fields[5]?.bytes.equals(subject.der))
  t.ok(fields[6]?.bytes.equals(csr.publicKey.spkiDer))
  t.ok(fields[3]?.bytes.equals(root.subject.der))
})

t.test(
  'what is issued is verified by OpenSSL in strict mode, GnuTLS and node:crypto, for every kind of CA and key',
  async (t) => {
    for (const ca of ['ca-rsa2048', 'ca-p256', 'ca-p384'] as const) {
      const root = await testRoot(ca)
      for (const key of ['leaf-rsa2048', 'leaf-p256'] as const) {
        for (const subject of [SUBJECT, makeName()]) {
          const content = certificateContent(root, { csr: makeRequest({ subject, key }) })
          lintCertificate(buildTbsCertificate(content), content)
          verifyChain(t, [await issueCertificate({ ...content, ...LONG_LIVED }), root.certificateDer], 'sslserver')
        }
      }
    }
  },
)

t.test('OpenSSL and GnuTLS show what the profile says', async (t) => {
  const root = await testRoot('ca-rsa2048')
  const rsa = await issueCertificate(certificateContent(root))
  const names = [
    { type: 'dns', value: 'vpn.lab.example' },
    { type: 'ip', value: '203.0.113.1' },
  ] as const
  const csr = makeRequest({ subject: makeName(), key: 'leaf-p256' })
  const ec = await issueCertificate(
    certificateContent(root, { csr, template: shippedTemplate('VPNGateway'), subjectAltNames: names }),
  )
  const rsaText = opensslText(t, rsa)
  if (rsaText !== undefined) {
    t.match(rsaText, /Key Usage: critical\n +Digital Signature, Key Encipherment\n/)
    t.match(rsaText, /Extended Key Usage: \n +TLS Web Server Authentication\n/)
    t.match(rsaText, /Subject Alternative Name: \n +DNS:vpn\.lab\.example\n/)
    t.match(rsaText, /1\.3\.6\.1\.4\.1\.311\.20\.2: \n/)
    t.notMatch(rsaText, /Basic Constraints|OCSP/)
  }
  const ecText = opensslText(t, ec)
  if (ecText !== undefined) {
    t.match(ecText, /Key Usage: critical\n +Digital Signature\n/)
    t.match(ecText, /Extended Key Usage: \n +TLS Web Server Authentication, 1\.3\.6\.1\.5\.5\.8\.2\.2\n/)
    t.match(ecText, /Subject Alternative Name: critical\n +DNS:vpn\.lab\.example, IP Address:203\.0\.113\.1\n/)
  }
  const gnutls = certtoolText(t, ec)
  if (gnutls !== undefined) {
    t.match(gnutls, /Subject Alternative Name \(critical\):\n\s+DNSname: vpn\.lab\.example\n\s+IPAddress: 203\.0\.113\.1/)
    t.match(gnutls, /TLS WWW Server/)
    t.match(gnutls, /URI: http:\/\/pki\.lab\.example\/pki\/root\.crl/)
  }
})

t.test('node:crypto matches hosts and addresses against what was put into subjectAltName', async (t) => {
  const root = await testRoot('ca-p256')
  const subjectAltNames = [
    { type: 'dns', value: 'vpn.lab.example' },
    { type: 'ip', value: '2001:db8::1' },
  ] as const
  const x509 = new X509Certificate(await issueCertificate(certificateContent(root, { subjectAltNames })))
  t.equal(x509.checkHost('VPN.lab.example'), 'vpn.lab.example')
  t.equal(x509.checkHost('lab.example'), undefined)
  t.equal(x509.checkIP('2001:db8::1'), '2001:db8::1')
  t.strictSame(x509.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  t.equal(x509.serialNumber, '4A0B1C2D3E4F5061728394A5B6C7D8E9')
})

t.test('pkijs reads the same extensions in the same order and verifies the signature', async (t) => {
  const root = await testRoot('ca-p256')
  const der = await issueCertificate(certificateContent(root))
  const parsed = pkijs.Certificate.fromBER(new Uint8Array(der))
  t.ok(await parsed.verify(pkijs.Certificate.fromBER(new Uint8Array(root.certificateDer))))
  t.ok(Buffer.from(parsed.toSchema(true).toBER()).equals(der), 'encoded again by pkijs it is the same')
  t.strictSame(
    parsed.extensions?.map((e) => [e.extnID, e.critical]),
    [
      ['2.5.29.14', false],
      ['2.5.29.35', false],
      ['2.5.29.31', false],
      ['1.3.6.1.5.5.7.1.1', false],
      ['1.3.6.1.4.1.311.20.2', false],
      ['2.5.29.15', true],
      ['2.5.29.37', false],
      ['2.5.29.17', false],
    ],
  )
})

t.test("without the issuer's key nothing is built", async (t) => {
  const { signer: _signer, ...issuer } = await testRoot('ca-p256')
  t.throws(() => buildTbsCertificate(certificateContent(issuer)), {
    code: 'issuer-unavailable',
    detail: 'the key of issuer root is not on this server',
  })
})

t.test('a certificate is the signed octets, the same algorithm once more, and the signature (RFC 5280, 4.1)', async (t) => {
  const der = assembleCertificate(Buffer.of(0x30, 0), Buffer.of(0x30, 1, 5), Buffer.of(9, 8))
  t.equal(der.toString('hex'), '300a30003001050303000908')
})
