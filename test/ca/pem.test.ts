import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { parsePemBlocks, pem, wrapBase64 } from '../../src/ca/pem.js'
import { CaError } from '../../src/errors.js'

t.test('writes 64 columns, LF and a final newline', async (t) => {
  const der = Buffer.alloc(49, 0x41)
  t.equal(
    pem('CERTIFICATE', der),
    `-----BEGIN CERTIFICATE-----\n${der.toString('base64').slice(0, 64)}\n${der.toString('base64').slice(64)}\n-----END CERTIFICATE-----\n`,
  )
  t.equal(wrapBase64(Buffer.alloc(48)), `${'A'.repeat(64)}\n`, 'a full line is followed by no empty one')
})

t.test('reads back every length it writes, several blocks in their order', async (t) => {
  for (let length = 0; length < 200; length++) {
    const der = Buffer.alloc(length, length)
    const blocks = parsePemBlocks(`a note\n${pem('X509 CRL', der)}\n${pem('CERTIFICATE', Buffer.of(length))}`)
    t.strictSame(blocks, [
      { label: 'X509 CRL', der },
      { label: 'CERTIFICATE', der: Buffer.of(length) },
    ])
  }
})

t.test('takes CRLF', async (t) => {
  t.strictSame(parsePemBlocks(pem('CERTIFICATE', Buffer.from('hello')).replaceAll('\n', '\r\n')), [
    { label: 'CERTIFICATE', der: Buffer.from('hello') },
  ])
})

t.test('refuses a broken block with a sentence that holds nothing of it', async (t) => {
  const cases = [
    ['-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n', 'the PEM block PRIVATE KEY has no END line'],
    [
      '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----BEGIN CERTIFICATE-----\n',
      'the PEM block PRIVATE KEY is not closed before the next one begins',
    ],
    [
      '-----BEGIN PRIVATE KEY-----\nc2Vj!mV0\n-----END PRIVATE KEY-----\n',
      'the PEM block PRIVATE KEY holds something that is not base64',
    ],
    [
      '-----BEGIN PRIVATE KEY-----\nc2VjcmV\n-----END PRIVATE KEY-----\n',
      'the PEM block PRIVATE KEY holds something that is not base64',
    ],
    ['-----BEGIN A-----\nc2VjcmV0\n-----END B-----\n', 'the PEM block A has no END line'],
  ] as const
  for (const [text, detail] of cases) t.throws(() => parsePemBlocks(text), new CaError('internal', detail))
})

t.test('node:crypto reads what it writes', async (t) => {
  const rootPem = `-----BEGIN CERTIFICATE-----
MIIDbTCCAlWgAwIBAgIQPux2+5XejqpPi6YpZKh9mDANBgkqhkiG9w0BAQsFADBJ
MRMwEQYKCZImiZPyLGQBGRYDY29tMRYwFAYKCZImiZPyLGQBGRYGcXl0YW5nMRow
GAYDVQQDExFxeXRhbmctV0lOMjAxOS1DQTAeFw0yMzEwMzAwNzQ5MDVaFw0yODEw
MzAwNzU5MDRaMEkxEzARBgoJkiaJk/IsZAEZFgNjb20xFjAUBgoJkiaJk/IsZAEZ
FgZxeXRhbmcxGjAYBgNVBAMTEXF5dGFuZy1XSU4yMDE5LUNBMIIBIjANBgkqhkiG
9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqZl6EUXQnjJi05Q8pSyotgdT8t+PkHS0rB7h
jDpG0jRzWmHK+JUB7tjgDDi4sZJmFrJZguqgRg8oDaxi0mLgfnbRuyiEmyQ3qT5o
OsS53NUwzzwMaZt3Xa3QbWz1esVYoXaBrxj4jzVJnLfj/ipqm2IDUp2c4t5/dJ6p
dm2wozLDvfkh0WVAIsou6idhD70xs0qFlJXpzr9+bMIgmku7CXY4t0znxbcGj7k4
Flo0QNK/ntBNJvf9d2apYwwBKVW67fXLwdspNX6QSFvXrD+RpIbrCwzDbwTRMi6l
8uJQvhaR2Iz3ofhc0T3Iz82VYnWkhTEpdgpEJs/Re126HlKdgQIDAQABo1EwTzAL
BgNVHQ8EBAMCAYYwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUUFL70NIGv4uo
SdsmnSXzP5nYHIAwEAYJKwYBBAGCNxUBBAMCAQAwDQYJKoZIhvcNAQELBQADggEB
ADJkbCedFrbzODUSES3PPPC0lDuZSF7CfZtsVmmM/mJ932uvw5DvlFw5qxB3EMbk
jyY32YZs6Njxcr36QZUnyQHRjx2JlC6Kbi5k2SgihOcvB9HhDOP8AKLe442FBotA
Mraq3smNE8V9tnT9ouPYhkOz1C/vhxd22yphfDcYDSrutNivPkdP+G2+lgLlr8oh
50tUMLWsZ996pccGQrdo9uomLUROQ8d+a/vul3K31fEe9Prb1U5JLJjP51WqxGfH
UdfOG390ZJs0HGiKACznp6ccKLulntBv1UESToEyIPIUxQlMquSVZcNqi7OyCc+G
vop+0ldAf+lonSgSAdwqiQA=
-----END CERTIFICATE-----
`
  const [block] = parsePemBlocks(rootPem)
  t.ok(block)
  if (block === undefined) return
  t.equal(pem(block.label, block.der), rootPem)
  t.equal(new X509Certificate(pem('CERTIFICATE', block.der)).serialNumber, '3EEC76FB95DE8EAA4F8BA62964A87D98')
})
