import t from 'tap'
import { collectNames } from '../../src/ca/name-candidates.js'
import { OID } from '../../src/ca/oid.js'
import { type Attribute, commonName, makeName } from '../support/issuance.js'

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
      'subject | dns | not.a.name.here | /csr | O of the subject',
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

const claims = (...rdns: readonly Attribute[]): string[] =>
  collectNames({ subject: makeName(...rdns), subjectAltNames: [] }, {}).map(
    ({ kind, value, field }) => `${kind} ${value} ${field}`,
  )

t.test('what reads as a name in the subject is one, whatever the attribute', async (t) => {
  const organization = (value: string) => claims({ type: OID.organizationName, value })
  for (const [value, kind] of [
    ['admin@bank.example', 'mail'],
    ['write to admin@bank.example', 'mail'],
    ['admin＠bank.example', 'mail'],
    ['www.bank.example', 'dns'],
    ['www.bank.example.', 'dns'],
    ['*.bank.example', 'dns'],
    ['https://www.bank.example/', 'dns'],
    [' www.bank.example ', 'dns'],
    ['www。bank。example', 'dns'],
    ['ｗｗｗ．bank．example', 'dns'],
    ['8.8.8.8', 'ip'],
    ['2001:db8::1', 'ip'],
  ] as const) {
    t.strictSame(organization(value), [`${kind} ${value} O of the subject`])
  }
  for (const text of ['Lab', 'Lab Inc.', 'Inc.', 'Example Ltd. and Co.', 'see www.bank.example', '10:30']) {
    t.strictSame(organization(text), [], text)
  }
})

t.test('every value of an attribute that is not known for free text is a candidate', async (t) => {
  t.strictSame(claims({ type: OID.userId, value: 'root' }), ['text root UID of the subject'])
  const mail = '0.9.2342.19200300.100.1.3'
  t.strictSame(claims({ type: mail, value: 'a@bank.example' }), [`mail a@bank.example ${mail} of the subject`])
  t.strictSame(claims({ type: OID.msUserPrincipalName, value: 'administrator' }), [
    'text administrator msUserPrincipalName of the subject',
  ])
  t.strictSame(claims({ type: '1.3.6.1.4.1.99999.1', value: 'vpn.lab.example' }), [
    'dns vpn.lab.example 1.3.6.1.4.1.99999.1 of the subject',
  ])
})

t.test('DCs are one domain, or each what it reads as', async (t) => {
  const dc = (value: string) => ({ type: OID.domainComponent, value, tag: 0x16 })
  t.strictSame(claims(dc('example'), dc('lab')), ['dns lab.example the domain of the DCs of the subject'])
  t.strictSame(claims(dc('example'), dc('1')), ['dns 1.example the domain of the DCs of the subject'])
  t.strictSame(claims(dc('example'), dc('www.bank')), ['text example DC of the subject', 'dns www.bank DC of the subject'])
  t.strictSame(claims(dc('lab example')), ['text lab example DC of the subject'])
})

t.test('a name that stands twice at one place is one, DNS names without case', async (t) => {
  const csr = {
    subject: makeName(commonName('a.example'), commonName('A.example')),
    subjectAltNames: [
      { type: 'dns', value: 'a.example' },
      { type: 'dns', value: 'A.EXAMPLE' },
      { type: 'email', value: 'a@b' },
      { type: 'email', value: 'A@b' },
    ] as const,
  }
  t.strictSame(
    collectNames(csr, { dns: ['b.example', 'B.example'] }).map(({ value, pointer }) => `${value} ${pointer}`),
    ['a.example /csr', 'a.example /csr', 'a@b /csr', 'A@b /csr', 'b.example /subjectAltNames/dns/0'],
  )
})
