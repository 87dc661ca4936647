import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { isOnCurve } from '../../src/ca/curve-point.js'
import { readDer } from '../../src/ca/der.js'
import { type EcPublicKey, parseSubjectPublicKey, publicKeyObject } from '../../src/ca/public-key.js'
import { refusal } from '../support/refusal.js'

function newKey(namedCurve: string): EcPublicKey {
  const spki = generateKeyPairSync('ec', { namedCurve }).publicKey.export({ type: 'spki', format: 'der' })
  const key = parseSubjectPublicKey(readDer(spki))
  if (key.type !== 'ec') throw new Error('not an EC key')
  return key
}

/** The same key with another point, in SubjectPublicKeyInfo too. */
function withPoint(key: EcPublicKey, change: (point: Buffer) => void): EcPublicKey {
  const spkiDer = Buffer.from(key.spkiDer)
  const point = spkiDer.subarray(spkiDer.length - key.point.length)
  change(point)
  return { ...key, spkiDer, point }
}

for (const curve of ['P-256', 'P-384', 'P-521']) {
  t.test(`${curve}: points of OpenSSL lie on the curve, changed ones do not, and OpenSSL agrees`, async (t) => {
    for (let i = 0; i < 10; i++) {
      const key = newKey(curve)
      t.ok(isOnCurve(key))
      const last = key.point.length - 1
      for (const at of [2 + i, (last >> 1) - i, last - i]) {
        const moved = withPoint(key, (point) => {
          point[at] = (point[at] ?? 0) ^ 0x10
        })
        t.notOk(isOnCurve(moved))
        t.equal((await refusal(() => publicKeyObject(moved)))?.[0], 'key-point')
      }
    }
  })

  t.test(`${curve}: zero and coordinates at or above the prime are refused`, async (t) => {
    const key = newKey(curve)
    t.notOk(isOnCurve(withPoint(key, (point) => point.fill(0, 1))))
    t.notOk(isOnCurve(withPoint(key, (point) => point.fill(0xff, 1))))
    t.notOk(isOnCurve(withPoint(key, (point) => point.fill(0xff, 1 + (point.length - 1) / 2))))
  })
}

t.test('a point that satisfies the equation only modulo p is refused', async (t) => {
  const p = 2n ** 521n - 1n
  const key = newKey('P-521')
  const moved = withPoint(key, (point) => {
    const x = BigInt(`0x${point.toString('hex', 1, 67)}`) + p
    point.write(x.toString(16).padStart(132, '0'), 1, 'hex')
  })
  t.notOk(isOnCurve(moved))
})
