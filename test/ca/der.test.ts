import * as asn1js from 'asn1js'
import forge from 'node-forge'
import t from 'tap'
import { type DerNode, readDer, readInteger, readOid, TAG } from '../../src/ca/der.js'
import { time } from '../../src/ca/der-time.js'
import {
  bitString,
  der,
  derBoolean,
  derNull,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
} from '../../src/ca/der-writer.js'
import { refusal } from '../support/refusal.js'
import { OPENSSL, runReader } from '../support/second-reader.js'

const hex = (text: string): Buffer => Buffer.from(text.replace(/ /g, ''), 'hex')

/** What is no DER, by the rule that says so. */
const HOSTILE: readonly (readonly [why: string, encoding: string, rule: string])[] = [
  ['nothing', '', 'the encoding ends inside a tag or length'],
  ['a tag alone', '30', 'the encoding ends inside a tag or length'],
  ['a tag alone inside a SEQUENCE', '30 01 02', 'the encoding ends inside a tag or length'],
  [
    'a value that begins in its SEQUENCE and reads its length behind it',
    '30 01 02 01 05',
    'the encoding ends inside a tag or length',
  ],
  ['a length that is missing', '04 82 01', 'the encoding ends inside a length'],
  ['a length that begins in its SEQUENCE and ends behind it', '30 03 04 82 01 00 00', 'the encoding ends inside a length'],
  ['a value that is too short', '04 05 00', 'octets missing at the end of a value: 4'],
  ['a part that is longer than its SEQUENCE', '30 03 04 05 00 00 00 00 00', 'octets missing at the end of a value: 4'],
  ['octets behind the value', '05 00 00', 'octets behind the end of the value: 1'],
  ['a second value behind the first', '05 00 05 00', 'octets behind the end of the value: 2'],
  ['an indefinite length', '30 80 00 00', 'indefinite length (X.690 10.1)'],
  ['an indefinite length inside', '30 04 30 80 00 00', 'indefinite length (X.690 10.1)'],
  ['a long length for a short value', '04 81 01 00', 'length not in the fewest octets (X.690 10.1)'],
  ['a length with a zero in front', `04 82 00 80 ${'00'.repeat(128)}`, 'length not in the fewest octets (X.690 10.1)'],
  ['a length of 2^32', '04 85 01 00 00 00 00', 'length of more than four octets'],
  ['a length of 2^32 - 1', '04 84 ff ff ff ff', 'octets missing at the end of a value: 4294967295'],
  ['the reserved length', '04 ff', 'length of more than four octets'],
  ['a tag of two octets', '1f 1f 00', 'tag of more than one octet'],
  ['a context tag of two octets', 'bf 87 01 00', 'tag of more than one octet'],
  ['end-of-contents', '00 00', 'tag 0 (end-of-contents belongs to indefinite lengths, X.690 10.1)'],
  ['a SEQUENCE in primitive form', '10 00', 'SEQUENCE or SET in primitive form'],
  ['a SET in primitive form', '11 00', 'SEQUENCE or SET in primitive form'],
  ['an OCTET STRING in pieces', '24 03 04 01 00', 'a string in constructed form (X.690 10.2)'],
  ['a UTF8String in pieces', '2c 03 0c 01 41', 'a string in constructed form (X.690 10.2)'],
  ['a BOOLEAN of 01', '01 01 01', 'BOOLEAN is neither 00 nor FF (X.690 11.1)'],
  ['a BOOLEAN without content', '01 00', 'BOOLEAN is neither 00 nor FF (X.690 11.1)'],
  ['a BOOLEAN of two octets', '01 02 ff ff', 'BOOLEAN is neither 00 nor FF (X.690 11.1)'],
  ['an INTEGER without content', '02 00', 'INTEGER without content'],
  ['an INTEGER with a zero too many', '02 02 00 7f', 'INTEGER not in the fewest octets (X.690 8.3.2)'],
  ['a negative INTEGER with an FF too many', '02 02 ff 80', 'INTEGER not in the fewest octets (X.690 8.3.2)'],
  ['an ENUMERATED with a zero too many', '0a 02 00 01', 'INTEGER not in the fewest octets (X.690 8.3.2)'],
  ['a NULL with content', '05 01 00', 'NULL with content'],
  ['a BIT STRING without content', '03 00', 'BIT STRING without a valid count of unused bits'],
  ['a BIT STRING with eight unused bits', '03 02 08 00', 'BIT STRING without a valid count of unused bits'],
  ['an empty BIT STRING with unused bits', '03 01 01', 'empty BIT STRING with unused bits'],
  ['unused bits that are set', '03 02 05 a1', 'unused bits of a BIT STRING are not zero (X.690 11.2.1)'],
  ['an OBJECT IDENTIFIER without content', '06 00', 'OBJECT IDENTIFIER ends inside an arc'],
  ['an OBJECT IDENTIFIER that breaks off', '06 02 55 84', 'OBJECT IDENTIFIER ends inside an arc'],
  ['an arc with a zero in front', '06 04 55 80 04 03', 'arc of an OBJECT IDENTIFIER not in the fewest octets (X.690 8.19.2)'],
  ['a first arc with a zero in front', '06 02 80 01', 'arc of an OBJECT IDENTIFIER not in the fewest octets (X.690 8.19.2)'],
  ['an arc of 20 octets', `06 15 2a ${'ff'.repeat(19)} 01`, 'arc of an OBJECT IDENTIFIER longer than 19 octets'],
  ['a SET out of order', '31 06 02 01 02 02 01 01', 'SET not in ascending order (X.690 11.6)'],
]

for (const [why, encoding, rule] of HOSTILE) {
  t.test(`${why} is no DER`, async (t) => {
    t.strictSame(await refusal(() => readDer(hex(encoding))), ['csr-not-der', `not DER: ${rule}`])
  })
}

const nested = (depth: number): Buffer => {
  let value: Buffer = derNull()
  for (let i = 0; i < depth; i++) value = sequence(value)
  return value
}

t.test('32 levels are read, 33 are not, and 5,000 do not end the process', async (t) => {
  const rule = ['csr-not-der', 'not DER: nested deeper than 32']
  t.equal(await refusal(() => readDer(nested(32))), undefined)
  t.strictSame(await refusal(() => readDer(nested(33))), rule)
  t.strictSame(await refusal(() => readDer(nested(5000))), rule)
})

t.test('20,000 values are read, one more is not', async (t) => {
  const values = (count: number): Buffer => sequence(...new Array<Buffer>(count - 1).fill(derNull()))
  t.equal(readDer(values(20_000)).children.length, 19_999)
  t.strictSame(await refusal(() => readDer(values(20_001))), ['csr-not-der', 'not DER: more than 20000 values'])
})

t.test('a value shows tag, whole encoding, content and parts, as views of the input', async (t) => {
  const input = hex('30 06 02 01 05 01 01 ff')
  const node = readDer(input)
  t.equal(node.tag, TAG.SEQUENCE)
  t.ok(node.bytes.equals(input))
  t.strictSame(
    node.children.map(({ tag, content }) => [tag, content.toString('hex')]),
    [
      [TAG.INTEGER, '05'],
      [TAG.BOOLEAN, 'ff'],
    ],
  )
  t.equal(node.content.buffer, input.buffer)
  t.strictSame(node.children[0]?.children, [])
})

t.test('equal parts of a SET are in order', async (t) => {
  t.equal(readDer(hex('31 06 02 01 01 02 01 01')).children.length, 2)
})

t.test('identifiers come out as they went in, also with arcs of 128 bits', async (t) => {
  const UUID = '2.25.329800735698586629295641978511506172918'
  for (const dotted of [
    '0.0',
    '0.39',
    '1.0',
    '1.39',
    '2.0',
    '2.39',
    '2.40',
    '2.999.3',
    '2.5.4.3',
    '1.2.840.113549.1.9.14',
    UUID,
  ]) {
    t.equal(readOid(readDer(oid(dotted))), dotted)
  }
  for (const arc of [2n ** 49n - 1n, 2n ** 49n, 2n ** 53n + 1n, 2n ** 128n - 1n]) {
    t.equal(readOid(readDer(oid(`1.2.${arc}`))), `1.2.${arc}`)
    t.equal(readOid(readDer(oid(`2.${arc}`))), `2.${arc}`)
  }
  t.equal(oid('1.2.840.113549').toString('hex'), '06062a864886f70d', 'X.690, 8.19.5')
  t.strictSame(await refusal(() => readOid(readDer(derNull()))), ['csr-not-der', 'not DER: an OBJECT IDENTIFIER is missing'])
})

t.test('integers come out as they went in', async (t) => {
  for (const value of [0n, 1n, 127n, 128n, 255n, 256n, -1n, -128n, -129n, -32768n, 2n ** 64n, -(2n ** 64n), 2n ** 2047n + 5n]) {
    t.equal(readInteger(readDer(integer(value))), value)
  }
  t.equal(integer(128).toString('hex'), '02020080')
  t.equal(integer(-128).toString('hex'), '020180')
  t.equal(integer(hex('0000ff')).toString('hex'), '020200ff', 'octets are a magnitude')
  t.equal(integer(hex('00')).toString('hex'), '020100')
  t.equal(integer(Buffer.alloc(0)).toString('hex'), '020100')
  t.strictSame(await refusal(() => readInteger(readDer(derNull()))), ['csr-not-der', 'not DER: an INTEGER is missing'])
})

t.test('lengths are written in the fewest octets', async (t) => {
  for (const [length, head] of [
    [0, '0400'],
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65535, '0482ffff'],
    [65536, '0483010000'],
  ] as const) {
    const encoding = octetString(Buffer.alloc(length))
    t.equal(encoding.toString('hex', 0, head.length / 2), head)
    t.equal(readDer(encoding).content.length, length)
  }
})

t.test('the writer makes the small forms of X.690', async (t) => {
  t.equal(derBoolean(true).toString('hex'), '0101ff')
  t.equal(derBoolean(false).toString('hex'), '010100')
  t.equal(bitString(hex('a0'), 5).toString('hex'), '030205a0')
  t.equal(explicit(3, derNull()).toString('hex'), 'a3020500')
  t.equal(implicit(2, Buffer.from('a')).toString('hex'), '820161')
  t.equal(setOf(integer(2), integer(1), integer(-1)).toString('hex'), '31090201010201020201ff')
})

/** A value of every kind, with parts that need one, two and three octets of length. */
const everything = sequence(
  integer(-129),
  derBoolean(true),
  derNull(),
  oid('1.2.840.113549.1.1.11'),
  bitString(hex('a0'), 5),
  octetString(Buffer.alloc(200, 7)),
  setOf(der(TAG.UTF8_STRING, Buffer.from('zwei')), der(TAG.PRINTABLE_STRING, Buffer.from('eins'))),
  time(new Date('2026-01-02T03:04:05Z')),
  time(new Date('2055-01-02T03:04:05Z')),
  explicit(1, implicit(2, Buffer.alloc(70_000, 1))),
)

function rewritten(node: DerNode): Buffer {
  return node.children.length > 0 ? der(node.tag, ...node.children.map(rewritten)) : der(node.tag, node.content)
}

t.test('what the writer makes, the reader reads, and writing it again gives the same octets', async (t) => {
  t.ok(rewritten(readDer(everything)).equals(everything))
})

t.test('node-forge, asn1js and openssl read what the writer makes', async (t) => {
  const value = forge.asn1.fromDer(forge.util.createBuffer(everything.toString('binary')), true)
  t.equal(Buffer.from(forge.asn1.toDer(value).getBytes(), 'binary').toString('hex'), everything.toString('hex'))
  const parsed = asn1js.fromBER(everything)
  t.equal(parsed.offset, everything.length)
  t.ok(Buffer.from(parsed.result.toBER()).equals(everything))
  const reading = runReader(t, OPENSSL, ['asn1parse', '-inform', 'DER', '-i'], { input: everything })
  if (!reading) return
  t.equal(reading.status, 0, reading.stderr)
  t.match(reading.stdout, /INTEGER\s+:-81\n.*BOOLEAN\s+:255\n.*NULL\s+\n.*OBJECT\s+:sha256WithRSAEncryption/s)
  t.match(
    reading.stdout,
    /UTF8STRING\s+:zwei\n.*PRINTABLESTRING\s+:eins\n.*UTCTIME\s+:260102030405Z\n.*GENERALIZEDTIME\s+:20550102030405Z/s,
  )
})
