import t from 'tap'
import { splitArmour } from '../../src/ca/armour.js'
import { octetsInText, octetsOfBlock, octetsOfOpenBlock } from '../../src/ca/base64-text.js'
import { octetString, sequence } from '../../src/ca/der-writer.js'

/** Octets whose base64 has a plus in every line, also as its first and last character. */
const pluses = sequence(octetString(Buffer.alloc(200, Buffer.from('++++AAAA', 'base64'))))
const plain = sequence(octetString(Buffer.alloc(300, 0x41)))
const wrap = (der: Buffer, columns = 64) => der.toString('base64').match(new RegExp(`.{1,${columns}}`, 'g')) ?? []

const segment = (text: string) => {
  const [first] = splitArmour(text.split('\n'))
  if (first === undefined) throw new Error('no segment')
  return first
}
const block = (body: string) => octetsOfBlock(segment(`-----BEGIN A-----\n${body}\n-----END A-----`))
const broken = (body: string) => {
  const octets = block(body)
  return octets.broken ?? 'is whole'
}

t.test('joins the lines of a block, without prompts, quotes, header fields and log lines', async (t) => {
  const [one = '', ...rest] = wrap(plain)
  const body = `Proc-Type: 4,CLEAR\n\n${one}\n%ASA-6-302013: Built\n> ${rest.join('\nasa(config)# ')}\n`
  t.strictSame(block(body), { line: 1, der: plain })
})

t.test('puts a plus where a form decoder left a space, wherever in the line', async (t) => {
  const spaced = wrap(pluses).map((line) => line.replaceAll('+', ' '))
  t.ok(spaced.some((line) => line.startsWith(' ')) || spaced.some((line) => line.endsWith(' ')), 'also at the ends of lines')
  t.strictSame(block(spaced.join('\n')), { line: 1, der: pluses })
  t.strictSame(block(spaced.map((line) => `   ${line}`).join('\n')), { line: 1, der: pluses }, 'indented')
  t.strictSame(block(spaced.join(' ')), { line: 1, der: pluses }, 'with spaces for line breaks as well')
  for (const columns of [61, 62, 63, 76]) {
    const trimmed = wrap(pluses, columns).map((line) => line.replaceAll('+', ' ').replace(/ {1,2}$/, ''))
    t.strictSame(block(trimmed.join('\n')), { line: 1, der: pluses }, `trimmed by an editor, ${columns} columns`)
  }
})

t.test('says in which line a block breaks off', async (t) => {
  const lines = wrap(plain)
  t.equal(broken(lines.slice(0, -1).join('\n')), 'what begins in line 1 breaks off in line 7, after 288 of its 308 octets')
  t.equal(
    broken(lines.map((line, i) => (i === 2 ? line.slice(9) : line)).join('\n')),
    'what begins in line 1 breaks off in line 8, after 301 of its 308 octets, and line 4 is not as long as the lines around it',
  )
  t.equal(
    broken(lines.map((line, i) => (i === 2 ? `${line.slice(9)}§` : line)).join('\n')),
    'line 4 is no base64 from column 56 on',
  )
  t.equal(broken(`asa(config)# ${lines[0]}§`), 'line 2 is no base64 from column 78 on', 'the prompt counts')
  t.equal(broken(`${lines.join('\n')}AAAA`), 'line 8 goes on behind the padding (=) that ends base64')
  t.equal(broken('\n \n'), 'the block that begins in line 1 is empty')
})

t.test('leaves octets behind the value to the strict reader', async (t) => {
  const longer = Buffer.concat([plain, Buffer.of(1, 2, 3)])
  t.strictSame(block(wrap(longer).join('\n')), { line: 1, der: longer })
})

t.test('a block without END goes as far as its header says', async (t) => {
  const open = segment(`-----BEGIN A-----\n\n${wrap(plain).join('\n')}\nquit\nasa(config)# `)
  t.strictSame(octetsOfOpenBlock(open), { line: 1, der: plain })
  const cut = octetsOfOpenBlock(segment(`-----BEGIN A-----\n${wrap(plain).slice(0, 3).join('\n')}\nquit\n`))
  t.equal(cut.broken, 'what begins in line 1 breaks off in line 4, after 144 of its 308 octets')
  t.equal(octetsOfOpenBlock(segment('-----BEGIN A-----\n')).broken, 'the block that begins in line 1 is empty')
})

t.test('finds every encoding in a text by its first octets and ends it by its header', async (t) => {
  const text = `Certificate Request follows:\n\n${wrap(plain).join('\n')}\n\nyes\nRedisplay\n${wrap(pluses, 20).join('\n')} and more`
  t.strictSame(octetsInText(segment(text)), [
    { line: 3, der: plain },
    { line: 13, der: pluses },
  ])
  t.strictSame(octetsInText(segment(`{"csr":"${plain.toString('base64')}","x":1}`)), [{ line: 1, der: plain }], 'in a string')
})

t.test('does not take words for encodings', async (t) => {
  for (const word of ['MGMT', 'MFA', 'MEMBER MD5 MHz', 'xMIIC', 'MAINTENANCE', 'quit'])
    t.strictSame(octetsInText(segment(word)), [], word)
})

t.test('gives up after sixteen starts that are none', async (t) => {
  t.equal(octetsInText(segment(Array.from({ length: 100 }, () => 'MIIC.').join('\n'))).length, 16)
})
