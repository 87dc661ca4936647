import t from 'tap'
import { splitArmour } from '../../src/ca/armour.js'

const split = (text: string) =>
  splitArmour(text.split('\n')).map(({ label, startLine, endLine, lines }) => ({
    label,
    startLine,
    endLine,
    text: lines.map((line) => line.text).join('|'),
  }))

t.test('cuts at BEGIN and END, whatever stands around them', async (t) => {
  t.strictSame(split('before\n-----BEGIN A B-----\nMIIC\nAAAA\n-----END A B-----\nafter'), [
    { label: undefined, startLine: 1, endLine: undefined, text: 'before|' },
    { label: 'A B', startLine: 2, endLine: 5, text: '|MIIC|AAAA|' },
    { label: undefined, startLine: 5, endLine: undefined, text: '|after' },
  ])
  t.strictSame(split('x# -----BEGIN A-----MIIC-----END A----------BEGIN B-----MIID-----END B-----y'), [
    { label: undefined, startLine: 1, endLine: undefined, text: 'x# ' },
    { label: 'A', startLine: 1, endLine: 1, text: 'MIIC' },
    { label: 'B', startLine: 1, endLine: 1, text: 'MIID' },
    { label: undefined, startLine: 1, endLine: undefined, text: 'y' },
  ])
})

t.test('keeps the number of every line', async (t) => {
  const [, block] = splitArmour(['', 'x', '-----BEGIN A-----', 'MIIC', '', 'MIID', '-----END A-----'])
  t.strictSame(
    block?.lines.filter(({ text }) => text !== ''),
    [
      { number: 4, text: 'MIIC' },
      { number: 6, text: 'MIID' },
    ],
  )
})

t.test('takes other forms of the marks', async (t) => {
  for (const begin of [
    '-----BEGIN A B-----',
    '---- BEGIN A B ----',
    '-BEGIN A B-',
    '-----BEGIN+A+B-----',
    '-----BEGIN_A_B-----',
    '-----BEGIN  A  B -----',
  ]) {
    t.strictSame(split(`${begin}MIIC`), [{ label: 'A B', startLine: 1, endLine: undefined, text: 'MIIC' }], begin)
  }
})

t.test('a block ends at any END, or where the next one begins', async (t) => {
  t.strictSame(
    split('-----BEGIN A-----\nx\n-----END B-----').map(({ label, endLine }) => [label, endLine]),
    [['A', 3]],
  )
  t.strictSame(
    split('-----BEGIN A-----\nx\n-----BEGIN B-----\ny').map(({ label, endLine }) => [label, endLine]),
    [
      ['A', undefined],
      ['B', undefined],
    ],
  )
})

t.test('the end line of IOS ends text outside of blocks, and the rest of that line is dropped', async (t) => {
  t.strictSame(split('MIIC\n---End - This line not part of the certificate request---\nrest'), [
    { label: undefined, startLine: 1, endLine: 2, text: 'MIIC|' },
    { label: undefined, startLine: 2, endLine: undefined, text: '|rest' },
  ])
})

t.test('leaves alone what is no mark', async (t) => {
  for (const text of [
    'BEGIN A',
    'the BEGIN and the END of it',
    '-----BEGIN',
    '-----BEGIN -----',
    `-----BEGIN ${'A'.repeat(65)}-----`,
    'x BEGIN A-----',
  ]) {
    t.strictSame(split(text), [{ label: undefined, startLine: 1, endLine: undefined, text }], text)
  }
})
