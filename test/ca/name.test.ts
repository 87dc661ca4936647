import t from 'tap'
import { readDer, TAG } from '../../src/ca/der.js'
import { der, integer, oid, sequence, setOf } from '../../src/ca/der-writer.js'
import { attributeValues, formatName, parseDistinguishedName, parseName } from '../../src/ca/name.js'
import { OID } from '../../src/ca/oid.js'
import { refusal } from '../support/refusal.js'
import { OPENSSL, runReader } from '../support/second-reader.js'

const utf8 = (type: string, value: string): Buffer => sequence(oid(type), der(TAG.UTF8_STRING, Buffer.from(value)))
const nameOf = (...rdns: Buffer[][]) => parseName(readDer(sequence(...rdns.map((attributes) => setOf(...attributes)))))
const hexOf = (text: string): string => parseDistinguishedName(text).der.toString('hex')

t.test('a name is written most specific first, a multi-valued RDN with +', async (t) => {
  const name = nameOf(
    [utf8(OID.countryName, 'GB')],
    [utf8(OID.organizationName, 'Lab')],
    [utf8(OID.serialNumber, '9AX'), utf8(OID.unstructuredName, 'vpn')],
  )
  t.equal(formatName(name), 'serialNumber=9AX+unstructuredName=vpn,O=Lab,C=GB')
  t.equal(formatName(nameOf()), '')
})

t.test('the specials of RFC 4514 are escaped, and only where they are special', async (t) => {
  const cases: [value: string, text: string][] = [
    ['a,b', 'a\\,b'],
    ['a+b', 'a\\+b'],
    ['"a"', '\\"a\\"'],
    ['a\\b', 'a\\\\b'],
    ['<a;b>', '\\<a\\;b\\>'],
    ['#a#', '\\#a#'],
    [' a b ', '\\ a b\\ '],
    [' ', '\\ '],
    ['a=b', 'a=b'],
    ['Łódź', 'Łódź'],
  ]
  for (const [value, text] of cases) {
    t.equal(formatName(nameOf([utf8(OID.commonName, value)])), `CN=${text}`)
    t.strictSame(attributeValues(parseDistinguishedName(`CN=${text}`), OID.commonName), [value], `${text} is read back`)
  }
})

t.test('an unknown attribute is written with its number', async (t) => {
  t.equal(formatName(nameOf([utf8('1.3.6.1.4.1.99999.1', 'x')])), '1.3.6.1.4.1.99999.1=x')
  t.equal(
    formatName(nameOf([utf8('1.3.6.1.4.1.99999.1', '#020105')])),
    '1.3.6.1.4.1.99999.1=\\#020105',
    'no text passes for such',
  )
})

t.test('values of one attribute come in the order of the encoding', async (t) => {
  const name = nameOf([utf8(OID.commonName, 'first')], [utf8(OID.organizationName, 'Lab')], [utf8(OID.commonName, 'second')])
  t.strictSame(attributeValues(name, OID.commonName), ['first', 'second'])
  t.strictSame(attributeValues(name, OID.localityName), [])
})

t.test('what is no name is refused with the rule', async (t) => {
  const malformed = (rule: string) => ['csr-malformed', `the name is malformed: ${rule} (RFC 5280, 4.1.2.4)`]
  const parse = (encoding: Buffer) => refusal(() => parseName(readDer(encoding)))
  t.strictSame(await parse(setOf()), malformed('it is no SEQUENCE'))
  t.strictSame(await parse(sequence(setOf())), malformed('a relative distinguished name is no SET, or an empty one'))
  t.strictSame(await parse(sequence(sequence())), malformed('a relative distinguished name is no SET, or an empty one'))
  const pair = malformed('an attribute is no pair of type and value')
  t.strictSame(await parse(sequence(setOf(sequence(oid(OID.commonName))))), pair)
  t.strictSame(await parse(sequence(setOf(integer(1)))), pair)
  t.strictSame(await parse(sequence(setOf(sequence(integer(1), integer(2))))), pair)
  t.strictSame(await parse(sequence(setOf(sequence(oid(OID.commonName), integer(2), integer(3))))), pair)
  t.strictSame(
    await parse(sequence(setOf(sequence(oid(OID.commonName), integer(2))))),
    malformed('the value of CN is no character string of a known type'),
  )
  // GeneralString is text, but of any registered set of characters with escapes to change it (X.690, 8.23).
  for (const value of [der(0x1b, Buffer.from('a\0\n\u001b[2J')), der(0x1b, Buffer.from('a')), integer(5)]) {
    t.strictSame(
      await parse(sequence(setOf(sequence(oid('1.3.6.1.4.1.99999.2'), value)))),
      malformed('the value of 1.3.6.1.4.1.99999.2 is no character string of a known type'),
    )
  }
})

t.test('a control character is refused with the name of its attribute', async (t) => {
  t.strictSame(await refusal(() => nameOf([utf8(OID.unstructuredName, 'a\u0007')])), [
    'name-control-character',
    '/csr (a\\u0007): unstructuredName of the subject holds a NUL or another control character; make the request again with plain text there',
  ])
})

t.test('a character that nobody sees is refused with the name of its attribute, in settings too', async (t) => {
  for (const character of ['\u202e', '\u200b', '\u2066', '\ufeff', '\u00ad']) {
    const shown = `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    t.strictSame(await refusal(() => nameOf([utf8(OID.organizationName, `a${character}b`)])), [
      'name-control-character',
      `/csr (a${shown}b): O of the subject holds an invisible formatting character (Unicode category Cf); make the request again with plain text there`,
    ])
    t.throws(() => parseDistinguishedName(`CN=a${character}b`), { code: 'name-subject-syntax' })
  }
})

t.test('a name for a setting is encoded most general first, each value in its string type', async (t) => {
  t.equal(
    hexOf('CN=lab-PKI-CA,O=Lab,C=GB'),
    '3030310b3009060355040613024742310c300a060355040a13034c6162311330110603550403130a6c61622d504b492d4341',
  )
  const tags = (text: string) => parseDistinguishedName(text).rdns.map((rdn) => rdn.map(({ tag }) => tag))
  t.strictSame(tags('CN=Łódź,DC=lab,emailAddress=a@b,unstructuredName=x,O=a_b'), [
    [TAG.UTF8_STRING],
    [TAG.IA5_STRING],
    [TAG.IA5_STRING],
    [TAG.IA5_STRING],
    [TAG.UTF8_STRING],
  ])
})

t.test('keywords have no case, blanks around the signs do not count, numbers are taken', async (t) => {
  t.equal(formatName(parseDistinguishedName(' cn = lab CA , o = My Lab ')), 'CN=lab CA,O=My Lab')
  t.equal(formatName(parseDistinguishedName('2.5.4.3=x,1.3.6.1.4.1.99999.1=y')), 'CN=x,1.3.6.1.4.1.99999.1=y')
  t.equal(formatName(parseDistinguishedName('E=a@b.example,S=Kent')), 'emailAddress=a@b.example,ST=Kent')
})

t.test('a multi-valued RDN is put into the order of DER', async (t) => {
  t.equal(hexOf('CN=bbb+O=a'), hexOf('O=a+CN=bbb'))
})

t.test('hex escapes are octets of UTF-8', async (t) => {
  t.strictSame(attributeValues(parseDistinguishedName('CN=L\\C3\\B6we\\2C'), OID.commonName), ['Löwe,'])
})

t.test('what is no name for a setting says why and how to write one', async (t) => {
  const cases: [text: string, rule: string][] = [
    ['', '`` is no pair of attribute and value'],
    ['lab-PKI-CA', '`lab-PKI-CA` is no pair of attribute and value'],
    ['CN=a,', '`` is no pair of attribute and value'],
    ['CN=', 'CN has no value'],
    ['CN=a,O= ', 'O has no value'],
    ['XX=a', '`XX` is no attribute that is known here'],
    ['3.1=a', '`3.1` is no attribute that is known here'],
    ['CN=a;O=b', '`;` needs a backslash'],
    ['CN="a"', '`"` needs a backslash'],
    ['CN=#0c0141', 'a value in hex (`#…`) is not taken here'],
    ['CN=a\\x', 'a backslash stands before a character that needs none'],
    ['CN=a\\', 'a backslash stands before a character that needs none'],
    ['CN=a\\00', 'CN holds a control character or broken UTF-8'],
    ['CN=a\\C3', 'CN holds a control character or broken UTF-8'],
    ['C=Britain', 'C is a country of two capital letters (ISO 3166)'],
    ['DC=löwe', 'DC takes ASCII only'],
  ]
  for (const [text, rule] of cases) {
    t.strictSame(await refusal(() => parseDistinguishedName(text)), [
      'name-subject-syntax',
      `the subject name "${text}" is not understood: ${rule}; write it as in \`CN=lab-PKI-CA,O=Lab,C=GB\``,
    ])
  }
})

t.test('openssl reads a name of every kind of value', async (t) => {
  const reading = runReader(t, OPENSSL, ['asn1parse', '-inform', 'DER'], {
    input: parseDistinguishedName('CN=Łódź\\, 1+serialNumber=9,OU=x,DC=lab,C=GB').der,
  })
  if (!reading) return
  t.equal(reading.status, 0, reading.stderr)
  t.match(
    reading.stdout,
    /countryName\n.*PRINTABLESTRING +:GB\n.*domainComponent\n.*IA5STRING +:lab\n.*PRINTABLESTRING +:x\n.*serialNumber\n.*PRINTABLESTRING +:9\n.*commonName\n.*UTF8STRING/s,
  )
})
