/**
 * The ways in which requests have made AD CS issue more than it should (ESC1 to ESC17), as far as a CA that builds
 * everything from its template can be asked for them. Templates that would be open are in `template.test.ts`.
 */
import t from 'tap'
import { readDer, readOid } from '../../src/ca/der.js'
import { der, derBoolean, explicit, integer, oid, sequence, setOf } from '../../src/ca/der-writer.js'
import { extendedKeyUsage, keyUsageValue } from '../../src/ca/extensions.js'
import { ignoredExtensions } from '../../src/ca/ignored.js'
import { lintCertificate } from '../../src/ca/lint.js'
import { decideNames } from '../../src/ca/name-policy.js'
import { OID } from '../../src/ca/oid.js'
import { buildTbsCertificate } from '../../src/ca/tbs.js'
import {
  certificateContent,
  commonName,
  issueCertificate,
  makeName,
  makeRequest,
  type RequestContent,
  shippedTemplate,
  testRoot,
} from '../support/issuance.js'
import { opensslText } from '../support/verify-chain.js'

const root = await testRoot('ca-p256')
const WEB_SERVER = [
  OID.subjectKeyIdentifier,
  OID.authorityKeyIdentifier,
  OID.cRLDistributionPoints,
  OID.authorityInfoAccess,
  OID.msCertTemplateName,
  OID.keyUsage,
  OID.extKeyUsage,
  OID.subjectAltName,
]
const SUBJECT = makeName(commonName('vpn.lab.example'))
const policies = (...oids: string[]): Buffer => sequence(...oids.map((policy) => sequence(oid(policy))))
const bmp = (text: string): Buffer => der(0x1e, Buffer.from(text, 'utf16le').swap16())

/** What a request gets from template WebServer: the extensions, and what stands in `ignored`. */
async function enroll(asked: RequestContent, patterns = {}) {
  const csr = makeRequest({ subject: SUBJECT, ...asked })
  const template = shippedTemplate('WebServer')
  const names = decideNames({ csr, requested: {}, template, patterns, wildcards: false })
  const content = certificateContent(root, { csr, template, subjectAltNames: names.subjectAltNames })
  const tbs = buildTbsCertificate(content)
  lintCertificate(tbs, content)
  const extensions = readDer(tbs).children[7]?.children[0]?.children ?? []
  return {
    tbs,
    oids: extensions.map((e) => (e.children[0] ? readOid(e.children[0]) : '')),
    ignored: [...ignoredExtensions(csr), ...names.ignored],
    certificateDer: await issueCertificate(content),
  }
}

/** The certificate is the same as if nothing had been asked for. */
async function getsNothing(t: Tap, asked: RequestContent, ...ignored: string[]): Promise<void> {
  const [plain, hostile] = [await enroll({}), await enroll(asked)]
  t.ok(hostile.tbs.equals(plain.tbs), 'not one octet of the certificate differs')
  t.strictSame(hostile.oids, WEB_SERVER)
  t.strictSame(
    hostile.ignored.map((entry) => entry.name),
    ignored,
  )
}
type Tap = Pick<typeof t, 'ok' | 'strictSame'>

t.test('ESC1: a UPN or e-mail address in the request gives no identity', async (t) => {
  const subjectAltNames = [
    { type: 'dns', value: 'vpn.lab.example' },
    { type: 'upn', value: 'administrator@lab.local' },
    { type: 'email', value: 'administrator@lab.local' },
  ] as const
  const plain = await enroll({ subjectAltNames: subjectAltNames.slice(0, 1) })
  const hostile = await enroll({ subjectAltNames })
  t.ok(hostile.tbs.equals(plain.tbs))
  t.strictSame(
    hostile.ignored.map(({ name }) => name),
    ['subjectAltName upn:administrator@lab.local', 'subjectAltName email:administrator@lab.local'],
  )
})

t.test('ESC1, ESC2, ESC3: purposes asked for are not given', async (t) => {
  for (const purpose of [OID.clientAuth, OID.anyExtendedKeyUsage, OID.certificateRequestAgent, OID.smartcardLogon]) {
    await getsNothing(t, { extensions: [{ oid: OID.extKeyUsage, critical: true, value: sequence(oid(purpose)) }] }, 'extKeyUsage')
  }
})

t.test('ESC6: names in an attribute of the request have no effect', async (t) => {
  const pair = sequence(bmp('SAN'), bmp('upn=administrator@lab.local&dns=dc.lab.local'))
  const attributes = [sequence(oid(OID.msEnrollmentNameValuePair), setOf(pair))]
  await getsNothing(t, { attributes }, 'msEnrollmentNameValuePair')
})

t.test('ESC9, ESC16: a SID is not taken from the request, neither as extension nor as URI', async (t) => {
  const sid = Buffer.from('S-1-5-21-1-2-3-500')
  const value = sequence(explicit(0, oid(OID.msNtdsObjectSid), explicit(0, der(0x04, sid))))
  await getsNothing(t, { extensions: [{ oid: OID.msNtdsCaSecurity, value }] }, 'msNtdsCaSecurity')
  const uri = 'tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-500'
  const { certificateDer, ignored } = await enroll({
    subjectAltNames: [
      { type: 'dns', value: 'vpn.lab.example' },
      { type: 'uri', value: uri },
    ],
  })
  t.notOk(certificateDer.includes('S-1-5-21'))
  t.strictSame(
    ignored.map(({ name }) => name),
    [`subjectAltName uri:${uri}`],
  )
})

t.test('ESC13: an issuance policy that a group hangs on is not asserted', async (t) => {
  const value = policies('1.3.6.1.4.1.311.21.8.1.2.3.4.5.6.1.402')
  await getsNothing(t, { extensions: [{ oid: OID.certificatePolicies, value }] }, 'certificatePolicies')
})

t.test('ESC15: application policies of the request have no effect', async (t) => {
  const value = policies(OID.clientAuth, OID.certificateRequestAgent)
  await getsNothing(t, { extensions: [{ oid: OID.msApplicationPolicies, value }] }, 'msApplicationPolicies')
})

t.test('a template named in the request is not chosen', async (t) => {
  const v2 = sequence(oid('1.3.6.1.4.1.311.21.8.1.2.3'), integer(100), integer(4))
  await getsNothing(t, { extensions: [{ oid: OID.msCertTemplateName, value: bmp('SubCA') }] }, 'msCertTemplateName')
  await getsNothing(t, { extensions: [{ oid: OID.msCertificateTemplate, value: v2 }] }, 'msCertificateTemplate')
})

t.test('a request to be a CA gets a leaf', async (t) => {
  const extensions = [
    { oid: OID.basicConstraints, critical: true, value: sequence(derBoolean(true)) },
    { oid: OID.keyUsage, critical: true, value: keyUsageValue(['keyCertSign', 'cRLSign']) },
  ]
  await getsNothing(t, { extensions }, 'basicConstraints', 'keyUsage')
})

t.test('addresses, key identifiers and exemptions of the request are not copied', async (t) => {
  const value = sequence()
  const oids = [
    OID.cRLDistributionPoints,
    OID.authorityInfoAccess,
    OID.subjectKeyIdentifier,
    OID.authorityKeyIdentifier,
    OID.issuerAltName,
    OID.ocspNoCheck,
    OID.nameConstraints,
    '1.3.6.1.4.1.99999.1',
  ]
  const names = [
    'cRLDistributionPoints',
    'authorityInfoAccess',
    'subjectKeyIdentifier',
    'authorityKeyIdentifier',
    'issuerAltName',
    'ocspNoCheck',
    'nameConstraints',
  ]
  await getsNothing(t, { extensions: oids.map((oid) => ({ oid, critical: true, value })) }, ...names, '1.3.6.1.4.1.99999.1')
})

t.test('an extension whose value is no DER is ignored as well', async (t) => {
  await getsNothing(t, { extensions: [{ oid: OID.extKeyUsage, value: Buffer.from('ffff', 'hex') }] }, 'extKeyUsage')
})

t.test('ESC17: a caller with patterns gets server certificates for his own hosts only', async (t) => {
  const patterns = { dns: ['*.lab.example'], ip: [] }
  await t.resolves(enroll({}, patterns))
  for (const name of ['wsus.corp.example', 'dc01', 'lab.example', '*.lab.example.evil.example']) {
    await t.rejects(enroll({ subject: makeName(commonName(name)) }, patterns), {
      code: name.includes('*') ? 'name-wildcard' : 'name-not-permitted',
    })
    await t.rejects(
      enroll(
        {
          subjectAltNames: [
            { type: 'dns', value: 'vpn.lab.example' },
            { type: 'dns', value: name },
          ],
        },
        patterns,
      ),
      {
        code: name.includes('*') ? 'name-wildcard' : 'name-not-permitted',
      },
    )
  }
  await t.rejects(enroll({ subjectAltNames: [{ type: 'ip', value: '203.0.113.1' }] }, patterns), { code: 'name-not-permitted' })
})

t.test('OpenSSL sees server authentication and nothing of what was asked for', async (t) => {
  const asked = extendedKeyUsage([OID.clientAuth])
  const { certificateDer } = await enroll({
    extensions: [
      { oid: OID.extKeyUsage, value: readDer(asked).children[1]?.content ?? asked },
      { oid: OID.msApplicationPolicies, value: policies(OID.clientAuth) },
      { oid: OID.basicConstraints, critical: true, value: sequence(derBoolean(true)) },
    ],
  })
  const text = opensslText(t, certificateDer)
  if (text === undefined) return
  t.match(text, /Extended Key Usage: \n +TLS Web Server Authentication\n/)
  t.notMatch(text, /Client Authentication|CA:TRUE|311\.21\.10/)
})
