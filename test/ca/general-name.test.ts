import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import t from 'tap'
import { TAG } from '../../src/ca/der.js'
import {
  bitString,
  der,
  derNull,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
} from '../../src/ca/der-writer.js'
import {
  encodeSubjectAltName,
  formatGeneralName,
  type GeneralName,
  isDnsName,
  parseSubjectAltName,
} from '../../src/ca/general-name.js'
import { parseDistinguishedName } from '../../src/ca/name.js'
import { OID } from '../../src/ca/oid.js'
import { pem } from '../../src/ca/pem.js'
import { refusal } from '../support/refusal.js'
import { OPENSSL, runReader } from '../support/second-reader.js'

const NAMES: readonly GeneralName[] = [
  { type: 'dns', value: 'VPN.lab.example' },
  { type: 'ip', value: '203.0.113.1' },
  { type: 'ip', value: '2001:db8::1' },
  { type: 'email', value: 'admin@lab.example' },
  { type: 'upn', value: 'łukasz@lab.example' },
  { type: 'uri', value: 'https://vpn.lab.example/x' },
]

t.test('every form that can be issued is read as it was written, in the same order', async (t) => {
  t.strictSame(parseSubjectAltName(encodeSubjectAltName(NAMES)), NAMES)
})

t.test('the encoding of a subjectAltName is that of RFC 5280', async (t) => {
  t.equal(
    encodeSubjectAltName([
      { type: 'dns', value: 'a.b' },
      { type: 'ip', value: '192.0.2.1' },
      { type: 'upn', value: 'u@d' },
    ]).toString('hex'),
    '30208203612e628704c0000201a013060a2b060104018237140203a0050c03754064',
  )
})

t.test('forms that are never issued are described', async (t) => {
  const san = sequence(
    der(0xa4, parseDistinguishedName('CN=x,O=Lab').der),
    implicit(8, oid('1.2.3').subarray(2)),
    der(0xa0, oid('1.3.6.1.5.5.7.8.9'), explicit(0, der(TAG.UTF8_STRING, Buffer.from('x')))),
    der(0xa0, oid(OID.msNtdsObjectSid), explicit(0, derNull())),
    der(0xa3, sequence()),
    der(0xa5, sequence()),
  )
  t.strictSame(parseSubjectAltName(san).map(formatGeneralName), [
    'other:directoryName CN=x,O=Lab',
    'other:registeredID 1.2.3',
    'other:otherName 1.3.6.1.5.5.7.8.9',
    'other:otherName msNtdsObjectSid',
    'other:x400Address',
    'other:ediPartyName',
  ])
})

t.test('what is no subjectAltName is refused with the rule', async (t) => {
  const malformed = (rule: string) => ['csr-malformed', `the subjectAltName is malformed: ${rule} (RFC 5280, 4.2.1.6)`]
  const parse = (...names: Buffer[]) => refusal(() => parseSubjectAltName(sequence(...names)))
  t.strictSame(await parse(), malformed('it is no SEQUENCE, or it names nothing'))
  t.strictSame(
    await refusal(() => parseSubjectAltName(setOf(implicit(2, Buffer.from('a'))))),
    malformed('it is no SEQUENCE, or it names nothing'),
  )
  t.strictSame(await parse(implicit(7, Buffer.alloc(5))), malformed('an iPAddress has 5 octets, not 4 or 16'))
  t.strictSame(await parse(implicit(9, Buffer.alloc(5))), malformed('tag 0x89 is no form of GeneralName'))
  t.strictSame(await parse(der(0xa2, derNull())), malformed('tag 0xa2 is no form of GeneralName'))
  t.strictSame(await parse(der(0xa4)), malformed('a directoryName holds no single Name'))
  const pair = malformed('an otherName is no pair of type and value')
  const upn = oid(OID.msUserPrincipalName)
  for (const other of [
    [upn],
    [upn, derNull()],
    [upn, explicit(0)],
    [upn, explicit(0, derNull(), derNull())],
    [upn, explicit(0, derNull()), derNull()],
  ]) {
    t.strictSame(await parse(der(0xa0, ...other)), pair)
  }
  t.strictSame(
    await parse(der(0xa0, upn, explicit(0, octetString(Buffer.from('a'))))),
    malformed('a user principal name is no UTF8String'),
  )
  t.strictSame(await parse(implicit(8, Buffer.of(0x80, 1))), [
    'csr-not-der',
    'not DER: arc of an OBJECT IDENTIFIER not in the fewest octets (X.690 8.19.2)',
  ])
  t.strictSame(await parse(implicit(2, Buffer.from('a\0b'))), [
    'name-control-character',
    '/csr (a\\u0000b): a dNSName of the subjectAltName holds a NUL or another control character; make the request again with plain text there',
  ])
  t.strictSame(await parse(der(0xa0, upn, explicit(0, der(TAG.UTF8_STRING, Buffer.from('a\u202e@lab.example'))))), [
    'name-control-character',
    '/csr (a\\u202e@lab.example): a user principal name of the subjectAltName holds an invisible formatting character (Unicode category Cf); make the request again with plain text there',
  ])
  t.strictSame(await parse(implicit(1, Buffer.from('ö@lab.example'))), [
    'csr-malformed',
    'an rfc822Name of the subjectAltName holds octets that are no text of its string type (X.680, 41)',
  ])
})

t.test('what cannot be encoded is not', async (t) => {
  t.strictSame(await refusal(() => encodeSubjectAltName([])), [
    'internal',
    'a subjectAltName needs one name at least (RFC 5280, 4.2.1.6)',
  ])
  t.strictSame(await refusal(() => encodeSubjectAltName([{ type: 'ip', value: '1.2.3' }])), [
    'name-ip-syntax',
    '"1.2.3" is no IP address; write 203.0.113.1 or 2001:db8::1',
  ])
  t.strictSame(await refusal(() => encodeSubjectAltName([{ type: 'other', value: 'x400Address' }])), [
    'internal',
    'a subjectAltName of the form x400Address is never issued',
  ])
  t.strictSame(await refusal(() => encodeSubjectAltName([{ type: 'dns', value: 'lö.example' }])), [
    'internal',
    'a name that is not ASCII reached the encoder of subjectAltName',
  ])
})

t.test('names are written with their type, dns in lower case, ip in the form of RFC 5952', async (t) => {
  t.strictSame(NAMES.map(formatGeneralName), [
    'dns:vpn.lab.example',
    'ip:203.0.113.1',
    'ip:2001:db8::1',
    'email:admin@lab.example',
    'upn:łukasz@lab.example',
    'uri:https://vpn.lab.example/x',
  ])
  t.equal(formatGeneralName({ type: 'ip', value: '2001:DB8:0:0::1' }), 'ip:2001:db8::1')
})

t.test('a host name has labels of letters, digits and hyphens', async (t) => {
  const label = 'a'.repeat(63)
  const long = `${label}.${label}.${label}.${'b'.repeat(61)}`
  for (const name of [
    'Manual',
    'vpn.lab.example',
    'xn--lwe-sna.example',
    'a',
    '1a',
    '3com.example',
    'a-b.c',
    `${label}.lab`,
    long,
    '1.2.3.a',
    '0x7f000001.example',
    '0xg',
    'a.x0',
  ]) {
    t.ok(isDnsName(name), name)
  }
  for (const name of [
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    '-a',
    'a-',
    'a.-b',
    'a_b.example',
    'a b',
    'löwe.example',
    '1.2.3.4',
    '123',
    'a.1',
    '0x7f000001',
    '1.2.3.0x4',
    '1.2.3.0X4',
    'a.0x',
    `${label}a.lab`,
    `${long}b`,
    '*',
    '*.lab.example',
    'vpn.*.example',
    'a\n',
    'a.b\0',
    'ſ.example',
  ]) {
    t.notOk(isDnsName(name), JSON.stringify(name))
  }
})

t.test('a wildcard is a name only where wildcards are allowed, and only as the whole first label', async (t) => {
  t.ok(isDnsName('*.lab.example', { wildcard: true }))
  t.ok(isDnsName('vpn.lab.example', { wildcard: true }))
  for (const name of ['*', '*.', '*.*.example', 'a*.example', '**.example', 'vpn.*.example', '*.1', '*.0x7f']) {
    t.notOk(isDnsName(name, { wildcard: true }), name)
  }
})

t.test('openssl reads every form in a request', async (t) => {
  const key = createPrivateKey({ key: TEST_JWK, format: 'jwk' })
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const extensions = sequence(sequence(oid(OID.subjectAltName), octetString(encodeSubjectAltName(NAMES))))
  const info = sequence(integer(0), sequence(), spki, der(0xa0, sequence(oid(OID.extensionRequest), setOf(extensions))))
  const csr = sequence(info, sequence(oid(OID.ecdsaWithSHA256)), bitString(sign('sha256', info, key)))
  const reading = runReader(t, OPENSSL, ['req', '-noout', '-text', '-nameopt', 'utf8'], {
    input: pem('CERTIFICATE REQUEST', csr),
  })
  if (!reading) return
  t.equal(reading.status, 0, reading.stderr)
  t.match(
    reading.stdout,
    /DNS:VPN\.lab\.example, IP Address:203\.0\.113\.1, IP Address:2001:DB8:0:0:0:0:0:1, email:admin@lab\.example, othername: UPN::.*@lab\.example, URI:https:\/\/vpn\.lab\.example\/x/,
  )
})

/** RFC 7517, A.2: a key that everybody knows. */
const TEST_JWK = {
  kty: 'EC',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
  d: '870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE',
}
