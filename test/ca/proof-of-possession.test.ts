import t from 'tap'
import { parseCsr } from '../../src/ca/csr.js'
import { verifyProofOfPossession } from '../../src/ca/proof-of-possession.js'
import { fieldCsrFiles, pemContent } from '../support/csr-fixtures.js'
import { refusal } from '../support/refusal.js'

const REFUSED = [
  'csr-signature-invalid',
  '/csr: the signature of the request does not verify with the key in it; paste the whole block again; one changed character breaks the signature',
]

t.test('every request of the field proves possession', async (t) => {
  for (const file of fieldCsrFiles()) {
    t.equal(await refusal(() => verifyProofOfPossession(parseCsr(pemContent(`asa/${file}`)))), undefined, file)
  }
})

t.test('any changed bit of what is signed, or of the signature, is a refusal with the remedy', async (t) => {
  for (const file of ['csr/rsa-2048.csr.pem', 'csr/ec-p256.csr.pem']) {
    const csr = parseCsr(pemContent(file))
    const flipped = (octets: Buffer, at: number): Buffer => Buffer.from(octets.map((octet, i) => (i === at ? octet ^ 1 : octet)))
    for (let at = 0; at < csr.signature.length; at += 7) {
      t.strictSame(await refusal(() => verifyProofOfPossession({ ...csr, signature: flipped(csr.signature, at) })), REFUSED)
    }
    for (let at = 0; at < csr.infoDer.length; at += 17) {
      t.strictSame(await refusal(() => verifyProofOfPossession({ ...csr, infoDer: flipped(csr.infoDer, at) })), REFUSED)
    }
  }
})

t.test('a signature that is no DER at all is a refusal too', async (t) => {
  const csr = parseCsr(pemContent('csr/ec-p256.csr.pem'))
  for (const signature of [
    Buffer.alloc(0),
    Buffer.from('30', 'hex'),
    Buffer.from('3006020100020100', 'hex'),
    Buffer.alloc(300, 0xff),
  ]) {
    t.strictSame(
      await refusal(() => verifyProofOfPossession({ ...csr, signature })),
      REFUSED,
      signature.toString('hex').slice(0, 20),
    )
  }
})

t.test('a point off the curve is named even when nobody has checked the key', async (t) => {
  const csr = parseCsr(pemContent('csr/ec-off-curve.csr.pem'))
  t.strictSame(await refusal(() => verifyProofOfPossession(csr)), [
    'key-point',
    '/csr: the point of the key does not lie on P-256; make a new key and a new request',
  ])
})

t.test('the event loop goes on while signatures are verified', async (t) => {
  const csr = parseCsr(pemContent('csr/rsa-8192.csr.pem'))
  let turns = 0
  let running = true
  const count = (): void => {
    turns++
    if (running) setImmediate(count)
  }
  setImmediate(count)
  await verifyProofOfPossession(csr)
  running = false
  t.ok(turns > 0)
})
