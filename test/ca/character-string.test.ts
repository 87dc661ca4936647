import t from 'tap'
import { isCharacterString, readCharacterString } from '../../src/ca/character-string.js'
import { readDer, TAG } from '../../src/ca/der.js'
import { der } from '../../src/ca/der-writer.js'
import { refusal } from '../support/refusal.js'

const read = (tag: number, octets: Buffer): string => readCharacterString(readDer(der(tag, octets)), 'CN')
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

t.test('each string type is decoded as its standard says', async (t) => {
  t.equal(read(TAG.PRINTABLE_STRING, latin1("Lab (1), '+/:=?-.")), "Lab (1), '+/:=?-.")
  t.equal(read(TAG.IA5_STRING, latin1('a@b_c*d')), 'a@b_c*d')
  t.equal(read(TAG.VISIBLE_STRING, latin1('visible ~')), 'visible ~')
  t.equal(read(TAG.NUMERIC_STRING, latin1('12 34')), '12 34')
  t.equal(read(TAG.UTF8_STRING, Buffer.from('Łódź 🔑')), 'Łódź 🔑')
  t.equal(read(TAG.TELETEX_STRING, latin1('Köln')), 'Köln')
  t.equal(read(TAG.BMP_STRING, Buffer.from('00410141', 'hex')), 'AŁ')
  t.equal(read(TAG.UNIVERSAL_STRING, Buffer.from('000000410001f511', 'hex')), 'A🔑')
})

t.test('PrintableString is taken with what Cisco and Windows write into it', async (t) => {
  t.equal(read(TAG.PRINTABLE_STRING, latin1('*.lab_1.example@x&y')), '*.lab_1.example@x&y')
})

t.test('octets that are no text of their type are refused', async (t) => {
  const hex = (text: string): Buffer => Buffer.from(text, 'hex')
  for (const [tag, octets] of [
    [TAG.PRINTABLE_STRING, latin1('é')],
    [TAG.IA5_STRING, hex('80')],
    [TAG.VISIBLE_STRING, hex('ff')],
    [TAG.NUMERIC_STRING, latin1('1.2')],
    [TAG.UTF8_STRING, hex('c0af')],
    [TAG.UTF8_STRING, hex('eda080')],
    [TAG.UTF8_STRING, hex('f4908080')],
    [TAG.UTF8_STRING, hex('41c3')],
    [TAG.BMP_STRING, hex('004100')],
    [TAG.BMP_STRING, hex('d83dde00')],
    [TAG.UNIVERSAL_STRING, hex('004100')],
    [TAG.UNIVERSAL_STRING, hex('0000d800')],
    [TAG.UNIVERSAL_STRING, hex('00110000')],
  ] as const) {
    t.strictSame(
      await refusal(() => read(tag, octets)),
      ['csr-malformed', 'CN holds octets that are no text of its string type (X.680, 41)'],
      `${tag.toString(16)} ${octets.toString('hex')}`,
    )
  }
})

t.test('control characters are refused in every type, and shown escaped', async (t) => {
  const says = (shown: string) => [
    'name-control-character',
    `/csr (${shown}): CN holds a NUL or another control character; make the request again with plain text there`,
  ]
  t.strictSame(await refusal(() => read(TAG.UTF8_STRING, latin1('a\0b'))), says('a\\u0000b'))
  t.strictSame(await refusal(() => read(TAG.PRINTABLE_STRING, latin1('a\rb'))), says('a\\u000db'))
  t.strictSame(await refusal(() => read(TAG.IA5_STRING, latin1('a\x7f'))), says('a\\u007f'))
  t.strictSame(await refusal(() => read(TAG.TELETEX_STRING, latin1('\x85'))), says('\\u0085'))
  t.strictSame(await refusal(() => read(TAG.BMP_STRING, Buffer.from('0000', 'hex'))), says('\\u0000'))
  t.strictSame(await refusal(() => read(TAG.UNIVERSAL_STRING, Buffer.from('0000001b', 'hex'))), says('\\u001b'))
})

t.test('characters that nobody sees are refused in every type, and shown escaped', async (t) => {
  const says = (shown: string) => [
    'name-control-character',
    `/csr (${shown}): CN holds an invisible formatting character (Unicode category Cf); make the request again with plain text there`,
  ]
  t.strictSame(await refusal(() => read(TAG.UTF8_STRING, Buffer.from('a\u202eb'))), says('a\\u202eb'))
  t.strictSame(await refusal(() => read(TAG.UTF8_STRING, Buffer.from('\ufeffa'))), says('\\ufeffa'))
  t.strictSame(await refusal(() => read(TAG.BMP_STRING, Buffer.from('200b', 'hex'))), says('\\u200b'))
  t.strictSame(await refusal(() => read(TAG.UNIVERSAL_STRING, Buffer.from('000e0041', 'hex'))), says('\\ue0041'))
  t.strictSame(await refusal(() => read(TAG.TELETEX_STRING, latin1('\xad'))), says('\\u00ad'))
})

t.test('a string of nothing is refused', async (t) => {
  t.strictSame(await refusal(() => read(TAG.UTF8_STRING, Buffer.alloc(0))), [
    'csr-malformed',
    'CN is empty; give it a value or leave it out',
  ])
})

t.test('an implicit tag takes the type that is given', async (t) => {
  const node = readDer(der(0x82, latin1('vpn.lab.example')))
  t.equal(readCharacterString(node, 'a dNSName', TAG.IA5_STRING), 'vpn.lab.example')
})

t.test('only strings are character strings', async (t) => {
  for (const tag of [TAG.OCTET_STRING, TAG.BIT_STRING, TAG.INTEGER, TAG.SEQUENCE, TAG.UTC_TIME]) t.notOk(isCharacterString(tag))
  t.ok(isCharacterString(TAG.UNIVERSAL_STRING))
})
