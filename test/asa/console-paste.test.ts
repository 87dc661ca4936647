import t from 'tap'
import { consoleBody, consolePaste } from '../../src/asa/console-paste.js'

const BLOCK = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
const withComments = (comments: string[]) => consolePaste({ comments, command: 'crypto ca import X certificate', pem: BLOCK })

t.test('puts comments before the command and nothing behind the end word', async (t) => {
  t.equal(withComments(['one', 'two']), `! one\n! two\ncrypto ca import X certificate\n${BLOCK}quit\n`)
  t.equal(withComments([]), `crypto ca import X certificate\n${BLOCK}quit\n`)
  t.equal(consoleBody(BLOCK), `${BLOCK}quit\n`)
})

t.test('a comment can neither end its line nor ask for help', async (t) => {
  const hostile = [
    'CN=x\nwrite erase\n',
    'CN=x\r\nreload',
    'CN=what?',
    'CN=\u0003\u001a\u001b[2J',
    'CN=\u2028y\u0085z',
    'CN=Zoë 🦊',
    '',
  ]
  const comments = withComments(hostile).split('crypto ca import')[0] ?? ''
  t.equal(comments, '! CN=x.write erase.\n! CN=x..reload\n! CN=what.\n! CN=...[2J\n! CN=.y.z\n! CN=Zo. .\n!\n')
})

t.test('cuts a comment at 120 columns', async (t) => {
  const [line = ''] = withComments(['x'.repeat(500)]).split('\n')
  t.equal(line, `! ${'x'.repeat(115)}...`)
  t.equal(line.length, 120)
  t.equal(withComments(['x'.repeat(118)]).split('\n')[0], `! ${'x'.repeat(118)}`)
})
