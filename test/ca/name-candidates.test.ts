import t from 'tap'
import { collectNames } from '../../src/ca/name-candidates.js'
import { OID } from '../../src/ca/oid.js'
import { commonName, makeName } from '../support/issuance.js'

t.test('every name of request and call stands in the list once, with its place', async (t) => {
  const subject = makeName(
    commonName('vpn.lab.example'),
    { type: OID.organizationName, value: 'not.a.name.here' },
    { type: OID.emailAddress, value: 'admin@lab.example', tag: 0x16 },
    commonName('203.0.113.1'),
    [
      { type: OID.unstructuredAddress, value: '203.0.113.2', tag: 0x13 },
      { type: OID.unstructuredName, value: 'asa', tag: 0x16 },
    ],
  )
  const csr = {
    subject,
    subjectAltNames: [
      { type: 'dns', value: 'a.example' },
      { type: 'other', value: 'otherName x' },
    ] as const,
  }
  const found = collectNames(csr, { dns: ['b.example', 'c.example'], ip: ['2001:db8::1'], email: ['e@x'], upn: ['u@x'] })
  t.strictSame(
    found.map(({ source, kind, value, pointer, field }) => [source, kind, value, pointer, field].join(' | ')),
    [
      'commonName | dns | vpn.lab.example | /csr | the CN',
      'commonName | ip | 203.0.113.1 | /csr | the CN',
      'unstructuredName | dns | asa | /csr | the unstructuredName',
      'unstructuredAddress | ip | 203.0.113.2 | /csr | the unstructuredAddress',
      'emailAddress | mail | admin@lab.example | /csr | the emailAddress of the subject',
      'csrSubjectAltName | dns | a.example | /csr | the dNSName in subjectAltName',
      'csrSubjectAltName | other | otherName x | /csr | the other name in subjectAltName',
      'call | dns | b.example | /subjectAltNames/dns/0 | the dNSName',
      'call | dns | c.example | /subjectAltNames/dns/1 | the dNSName',
      'call | ip | 2001:db8::1 | /subjectAltNames/ip/0 | the iPAddress',
      'call | email | e@x | /subjectAltNames/email/0 | the rfc822Name',
      'call | upn | u@x | /subjectAltNames/upn/0 | the UPN',
    ],
  )
})

t.test('a CN is told by its shape', async (t) => {
  const kinds: [string, string][] = [
    ['vpn.lab.example', 'dns'],
    ['Manual', 'dns'],
    ['*.lab.example', 'dns'],
    ['Lab * ASA', 'dns'],
    ['vpn_gw.lab.example', 'dns'],
    ['vpn.lab.example.', 'dns'],
    ['203.0.113.1', 'ip'],
    ['2001:db8::1', 'ip'],
    ['admin@lab.example', 'mail'],
    ['Lab ASA 1', 'text'],
    ['Lab ASA, rack 1.2', 'text'],
    ['asa_1', 'text'],
  ]
  for (const [value, kind] of kinds) {
    t.equal(collectNames({ subject: makeName(commonName(value)), subjectAltNames: [] }, {})[0]?.kind, kind, value)
  }
})

t.test('an unstructuredName that is no host is text, an unstructuredAddress that is no address too', async (t) => {
  const kind = (type: string, value: string): string | undefined =>
    collectNames({ subject: makeName({ type, value, tag: 0x13 }), subjectAltNames: [] }, {})[0]?.kind
  t.equal(kind(OID.unstructuredName, 'asa.lab.example'), 'dns')
  t.equal(kind(OID.unstructuredName, '203.0.113.1'), 'text')
  t.equal(kind(OID.unstructuredName, '*.lab.example'), 'dns')
  t.equal(kind(OID.unstructuredAddress, '2001:DB8::1'), 'ip')
  t.equal(kind(OID.unstructuredAddress, 'none'), 'text')
})

t.test('a CN has at most 64 characters, each counted once however it is encoded', async (t) => {
  const collect = (value: string) => () =>
    collectNames({ subject: makeName(commonName('first.example'), commonName(value)), subjectAltNames: [] }, {})
  t.doesNotThrow(collect('ü'.repeat(64)))
  t.doesNotThrow(collect('😀'.repeat(64)))
  t.throws(collect('x'.repeat(65)), {
    code: 'name-common-name-length',
    detail: `/csr (${'x'.repeat(65)}): the CN has 65 characters, and 64 are the most (RFC 5280, A.1); shorten it in \`subject-name\`; a long DNS name belongs into \`fqdn\` or \`subjectAltNames\` alone`,
  })
})
