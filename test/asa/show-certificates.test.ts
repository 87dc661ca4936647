import { generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { showCertificates } from '../../src/asa/show-certificates.js'
import { time } from '../../src/ca/der-time.js'
import { bitString, explicit, integer, oid, sequence } from '../../src/ca/der-writer.js'
import { authorityInfoAccess, crlDistributionPoints, keyUsage } from '../../src/ca/extensions.js'
import { parseDistinguishedName } from '../../src/ca/name.js'
import { OID } from '../../src/ca/oid.js'
import { parsePemBlocks } from '../../src/ca/pem.js'

const derOf = (name: string) =>
  parsePemBlocks(readFileSync(new URL(`../fixtures/asa/${name}`, import.meta.url), 'utf8'))[0]?.der ?? Buffer.alloc(0)

t.test('shows what a real ASA showed of these two certificates, line by line', async (t) => {
  // The clock of that ASA ran eight hours ahead and called it GMT: 09:20:43 there.
  t.equal(
    showCertificates({
      identityDer: derOf('msca-webserver-issued-for-asa-b.crt.pem'),
      caDer: derOf('msca-root-b.crt.pem'),
      trustpoint: 'CA',
    }),
    `Certificate
  Status: Available
  Certificate Serial Number: 11000000146ca288ef7c518e3a000000000014
  Certificate Usage: General Purpose
  Public Key Type: RSA (2048 bits)
  Signature Algorithm: SHA256 with RSA Encryption
  Issuer Name:
    cn=qytang-WIN2019-CA
    dc=qytang
    dc=com
  Subject Name:
    cn=asa.qytang.com
    ou=qytang
    o=qytbj
    hostname=asa.qytang.com
    ipaddress=202.100.3.10
  CRL Distribution Points:
    [1]  ldap:///CN=qytang-WIN2019-CA,CN=WIN2019,CN=CDP,CN=Public%20Key%20Services,CN=Services,CN=Configuration,DC=qytang,DC=com?certificateRevocationList?base?objectClass=cRLDistributionPoint
  Validity Date:
    start date: 01:20:43 GMT Nov 1 2023
    end   date: 01:20:43 GMT Oct 31 2025
  Associated Trustpoints: CA

CA Certificate
  Status: Available
  Certificate Serial Number: 3eec76fb95de8eaa4f8ba62964a87d98
  Certificate Usage: Signature
  Public Key Type: RSA (2048 bits)
  Signature Algorithm: SHA256 with RSA Encryption
  Issuer Name:
    cn=qytang-WIN2019-CA
    dc=qytang
    dc=com
  Subject Name:
    cn=qytang-WIN2019-CA
    dc=qytang
    dc=com
  Validity Date:
    start date: 07:49:05 GMT Oct 30 2023
    end   date: 07:59:04 GMT Oct 30 2028
  Associated Trustpoints: CA
`,
  )
})

t.test('shows OCSP and several CRL addresses, and an EC key', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const algorithm = sequence(oid(OID.ecdsaWithSHA384))
  const name = parseDistinguishedName('serialNumber=JMX1+CN=vpn.lab.example,emailAddress=a@lab.example,title=x').der
  const extensions = sequence(
    keyUsage(['digitalSignature']),
    crlDistributionPoints(['http://a.example/1.crl', 'http://b.example/1.crl']),
    authorityInfoAccess({ caIssuers: 'http://a.example/ca.cer', ocsp: 'http://ocsp.a.example' }),
  )
  const validity = sequence(time(new Date('2030-01-02T03:04:05Z')), time(new Date('2051-12-31T23:59:59Z')))
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const tbs = sequence(explicit(0, integer(2)), integer(0xabcd), algorithm, name, validity, name, spki, explicit(3, extensions))
  const der = sequence(tbs, algorithm, bitString(sign('sha384', tbs, privateKey)))
  const shown = showCertificates({ identityDer: der, caDer: der, trustpoint: 'LAB_PKI' })
  t.equal(
    shown.slice(0, shown.indexOf('\n\n')),
    `Certificate
  Status: Available
  Certificate Serial Number: abcd
  Certificate Usage: Signature
  Public Key Type: ECDSA (384 bits)
  Signature Algorithm: SHA384 with ECDSA
  Issuer Name:
    cn=vpn.lab.example
    serialNumber=JMX1
    ea=a@lab.example
    title=x
  Subject Name:
    cn=vpn.lab.example
    serialNumber=JMX1
    ea=a@lab.example
    title=x
  OCSP AIA:
    URL: http://ocsp.a.example
  CRL Distribution Points:
    [1]  http://a.example/1.crl
    [2]  http://b.example/1.crl
  Validity Date:
    start date: 03:04:05 GMT Jan 2 2030
    end   date: 23:59:59 GMT Dec 31 2051
  Associated Trustpoints: LAB_PKI`,
  )
})
