import t from 'tap'
import { parseCsr } from '../../src/ca/csr.js'
import { checkKey } from '../../src/ca/key-policy.js'
import { verifyProofOfPossession } from '../../src/ca/proof-of-possession.js'
import { csrCaseFiles, csrCases, pemContent } from '../support/csr-fixtures.js'
import { refusal } from '../support/refusal.js'
import { OPENSSL, runReader } from '../support/second-reader.js'

async function judge(file: string): Promise<void> {
  const csr = parseCsr(pemContent(`csr/${file}`))
  checkKey(csr.publicKey)
  await verifyProofOfPossession(csr)
}

for (const { file, outcome, detail, rfc, why } of csrCases) {
  t.test(`${file} is ${outcome === 'accepted' ? 'accepted' : `refused as ${outcome}`} (${rfc}: ${why})`, async (t) => {
    t.strictSame(await refusal(() => judge(file)), outcome === 'accepted' ? undefined : [outcome, detail])
  })
}

t.test('every fixture has a case, and every case a fixture', async (t) => {
  t.strictSame(csrCases.map(({ file }) => file).sort(), csrCaseFiles().sort())
})

t.test(
  'openssl reads and verifies every accepted request, and sees a sound signature where only the key is refused',
  async (t) => {
    const WEAK_KEYS = [
      'rsa-1024',
      'rsa-2047',
      'rsa-2052',
      'rsa-8208',
      'rsa-e3',
      'small-factor',
      'close-primes',
      'square-modulus',
      'roca',
    ]
    const files = csrCases.filter(({ outcome }) => outcome === 'accepted').map(({ file }) => file)
    for (const file of [...files, ...WEAK_KEYS.map((name) => `${name}.csr.pem`)]) {
      const path = new URL(`../fixtures/csr/${file}`, import.meta.url).pathname
      const reading = runReader(t, OPENSSL, ['req', '-in', path, '-verify', '-noout'])
      if (!reading) return
      t.equal(reading.status, 0, `${file}: ${reading.stderr}`)
      t.match(`${reading.stdout}${reading.stderr}`, /verify OK/i, file)
    }
  },
)
