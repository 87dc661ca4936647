import t from 'tap'
import { MAX_CSR_OCTETS, parseCsr } from '../../src/ca/csr.js'
import { formatName } from '../../src/ca/name.js'
import { OID } from '../../src/ca/oid.js'
import { describeKey } from '../../src/ca/public-key.js'
import { fieldCsrFiles, pemContent } from '../support/csr-fixtures.js'
import { refusal } from '../support/refusal.js'

t.test('the request of a real ASA is read field by field', async (t) => {
  const der = pemContent('asa/asa-rsa2048-sha1-ip-fqdn-b.csr.pem')
  const csr = parseCsr(der)
  t.equal(csr.der, der)
  t.equal(csr.infoDer.length, 481, 'CertificationRequestInfo with tag and length')
  t.equal(
    formatName(csr.subject),
    'unstructuredAddress=202.100.3.10+unstructuredName=asa.qytang.com,CN=asa.qytang.com,OU=qytang,O=qytbj',
  )
  t.equal(describeKey(csr.publicKey), 'RSA 2048')
  t.strictSame(csr.signatureAlgorithm, { name: 'sha1WithRSA', digest: 'sha1', keyType: 'rsa' })
  t.equal(csr.signature.length, 256)
  t.strictSame(csr.requestedExtensions, [
    { oid: OID.keyUsage, critical: true, value: Buffer.from('030205a0', 'hex') },
    {
      oid: OID.subjectAltName,
      critical: false,
      value: Buffer.from(`3010820e${Buffer.from('asa.qytang.com').toString('hex')}`, 'hex'),
    },
  ])
  t.strictSame(csr.subjectAltNames, [{ type: 'dns', value: 'asa.qytang.com' }])
  t.strictSame(csr.attributeTypes, [OID.extensionRequest])
})

t.test('every request of the field shows subject, key, algorithm and names', async (t) => {
  const seen = Object.fromEntries(
    fieldCsrFiles().map((file) => {
      const csr = parseCsr(pemContent(`asa/${file}`))
      const names = csr.subjectAltNames.map(({ value }) => value)
      return [file, [formatName(csr.subject), describeKey(csr.publicKey), csr.signatureAlgorithm.name, ...names]]
    }),
  )
  t.strictSame(seen, {
    'asa-rsa2048-sha1-ip-fqdn-b.csr.pem': [
      'unstructuredAddress=202.100.3.10+unstructuredName=asa.qytang.com,CN=asa.qytang.com,OU=qytang,O=qytbj',
      'RSA 2048',
      'sha1WithRSA',
      'asa.qytang.com',
    ],
    'cisco-rsa1024-sha1-cn-fqdn.csr.pem': [
      'unstructuredName=alibaba-inc.com,CN=Mad Cert Signing Authority',
      'RSA 1024',
      'sha1WithRSA',
      'alibaba-inc.com',
    ],
    'cisco-rsa1024-sha1-unstructuredname-only.csr.pem': [
      'unstructuredName=vpn.alibaba-inc.com',
      'RSA 1024',
      'sha1WithRSA',
      'vpn.alibaba-inc.com',
    ],
    'synthetic-asa-shape-ec-p384-sha384.csr.pem': [
      'unstructuredName=vpn.lab.example,CN=vpn.lab.example,O=Lab',
      'EC P-384',
      'ecdsaWithSHA384',
      'vpn.lab.example',
    ],
    'synthetic-asa-shape-rsa2048-sha256-fqdn-none.csr.pem': ['CN=vpn.lab.example,O=Lab', 'RSA 2048', 'sha256WithRSA'],
    'synthetic-asa-shape-rsa3072-sha256-serial-ip-fqdn.csr.pem': [
      'serialNumber=9AXXXXXXXXX+unstructuredAddress=192.0.2.10+unstructuredName=vpn.lab.example,CN=vpn.lab.example,O=Lab',
      'RSA 3072',
      'sha256WithRSA',
      'vpn.lab.example',
    ],
  })
})

t.test('a written-out critical FALSE counts as not critical', async (t) => {
  const csr = parseCsr(pemContent('csr/critical-false-written.csr.pem'))
  t.strictSame(
    csr.requestedExtensions.map(({ oid, critical }) => [oid, critical]),
    [
      [OID.keyUsage, false],
      [OID.subjectAltName, false],
    ],
  )
})

t.test("the names in Microsoft's older attribute are read like those in extensionRequest", async (t) => {
  const csr = parseCsr(pemContent('csr/microsoft-extensions-attribute.csr.pem'))
  t.strictSame(csr.subjectAltNames, [{ type: 'dns', value: 'vpn.lab.example' }])
  t.strictSame(csr.attributeTypes, [OID.msCertExtensions])
})

t.test('a broken extension that is not read stands among the requested ones as it came', async (t) => {
  const csr = parseCsr(pemContent('csr/broken-extended-key-usage.csr.pem'))
  t.strictSame(csr.requestedExtensions[0], { oid: OID.extKeyUsage, critical: false, value: Buffer.from('3082', 'hex') })
  t.strictSame(csr.subjectAltNames, [{ type: 'dns', value: 'vpn.lab.example' }])
})

t.test('the size is judged before anything else', async (t) => {
  t.strictSame(await refusal(() => parseCsr(Buffer.alloc(MAX_CSR_OCTETS + 1))), [
    'csr-too-large',
    '/csr: a request has at most 32768 octets, this one has 32769; make one with fewer names and attributes',
  ])
})
