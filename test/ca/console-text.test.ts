import t from 'tap'
import { consoleLines } from '../../src/ca/console-text.js'

const lines = (text: string) => consoleLines(Buffer.from(text))

t.test('ends lines at every kind of line break', async (t) => {
  t.strictSame(lines('a\nb\r\nc\rd\r\r\ne\u2028f\u0085g\vh'), ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
  t.strictSame(lines(''), [''])
})

t.test('takes escape sequences away', async (t) => {
  t.strictSame(lines('\u001b[1;31mred\u001b[0m \u001b]0;title\u0007x\u001b]2;t\u001b\\y\u001b(Bz\u001b7'), [
    'red xyz'.replace('z', 'Bz'),
  ])
  t.strictSame(lines('\u001b[?25lMIIC\u001b[KAB'), ['MIICAB'])
})

t.test('a backspace takes a character of its line away', async (t) => {
  t.strictSame(lines('yse\b \b\b \bes'), ['yes'])
  t.strictSame(lines('ab\u007fc'), ['ac'])
  t.strictSame(lines('a\n\b\bb'), ['a', 'b'], 'and nothing of the line before')
})

t.test('takes the pagers of ASA and IOS away', async (t) => {
  t.strictSame(lines('<--- More --->\r              \rMIIC'), ['', '              ', 'MIIC'])
  t.strictSame(lines(` --More-- ${'\b'.repeat(10)}${' '.repeat(10)}${'\b'.repeat(10)}MIIC`), ['MIIC'])
  t.strictSame(lines('--More--MIIC'), ['MIIC'])
})

t.test('makes blanks of what looks blank and drops what cannot be seen', async (t) => {
  t.strictSame(lines('a\tb\u00a0c\u2003d\u3000e'), ['a b c d e'])
  t.strictSame(lines('a\0b\u200bc\u00add\u202ee\u2060f\u0001'), ['abcdef'])
})

t.test('makes hyphens of dashes', async (t) => {
  t.strictSame(lines('—–‐−-BEGIN'), ['-----BEGIN'])
})

t.test('decodes UTF-16 and UTF-8 by their marks', async (t) => {
  const text = '\ufeffaé\r\nb'
  t.strictSame(consoleLines(Buffer.from(text, 'utf16le')), ['aé', 'b'])
  t.strictSame(consoleLines(Buffer.from(text, 'utf16le').swap16()), ['aé', 'b'])
  t.strictSame(consoleLines(Buffer.from(text)), ['aé', 'b'])
  t.strictSame(consoleLines(Buffer.from('ab', 'utf16le')), ['ab'], 'UTF-16 without a mark is ASCII with NUL between')
  t.strictSame(consoleLines(Buffer.of(0x61, 0xff, 0x62)), ['a\ufffdb'])
})

t.test('undoes the escapes of forms and of JSON', async (t) => {
  t.strictSame(lines('csr=MI%2BIC%2F%3D%0D%0Ab+c%25'), ['csr=MI+IC/=', 'b+c%'])
  t.strictSame(lines('{"csr":"a\\r\\nb\\/c\\td"}'), ['{"csr":"a', '', 'b/c d"}'])
  t.strictSame(lines('% Start %zz 100%'), ['% Start %zz 100%'], 'and leaves the per cent signs of a console')
})
