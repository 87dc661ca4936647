import { createHash, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { loadCompromisedKeys } from '../../src/ca/compromised-keys.js'
import { readDer } from '../../src/ca/der.js'
import { parseSubjectPublicKey, spkiSha256 } from '../../src/ca/public-key.js'
import { refusal } from '../support/refusal.js'

const text = readFileSync(new URL('../../data/compromised-keys.txt', import.meta.url), 'utf8')
const base64url = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url')

t.test('a key whose private half is published is known by the hash of its SubjectPublicKeyInfo', async (t) => {
  const keys = loadCompromisedKeys(text)
  // RFC 9500, 2.3: testECCP256.
  const x = base64url('422548f88fb782ffb5eca3744452c72a1e558fbd6f73be5e48e93232cc45c5b1')
  const y = base64url('6c4cd10c4cb8d5b8a17139e94882c8992572993425f41419ab7e90a42a494272')
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  const spki = key.export({ type: 'spki', format: 'der' })
  t.equal(keys.has(spkiSha256(parseSubjectPublicKey(readDer(spki)))), 'RFC 9500 testECCP256')
  t.equal(keys.has(createHash('sha256').update('another key').digest()), undefined)
})

t.test('the committed list has every line in order, none twice, and each says where', async (t) => {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  t.equal(loadCompromisedKeys(text).size, lines.length)
  t.ok(lines.length > 50)
  t.ok(lines.every((line) => /^[0-9a-f]{64} {2}[^/\s]\S* .+|^[0-9a-f]{64} {2}RFC/.test(line)))
})

t.test('blank lines and comments are skipped, any other line must be one', async (t) => {
  const hash = 'ab'.repeat(32)
  t.equal(
    loadCompromisedKeys(`# comment\r\n\r\n${hash}\tsomewhere public \r\n`).has(Buffer.from(hash, 'hex')),
    'somewhere public',
  )
  const rule = 'want a SHA-256 in hex and where the key is published'
  for (const line of [hash, hash.toUpperCase(), `${hash.slice(2)} short`, 'somewhere']) {
    t.strictSame(await refusal(() => loadCompromisedKeys(`# list\n${line}\n`)), ['internal', `compromised keys, line 2: ${rule}`])
  }
})
