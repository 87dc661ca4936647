import { randomBytes } from 'node:crypto'
import t from 'tap'
import { SMALL_PRIMES, smallPrimeResidues } from '../../src/ca/small-primes.js'

t.test('the small primes are the 133 below 752', async (t) => {
  t.equal(SMALL_PRIMES.length, 133)
  t.strictSame(SMALL_PRIMES.slice(0, 6), [2, 3, 5, 7, 11, 13])
  t.equal(SMALL_PRIMES.at(-1), 751)
})

t.test('residues are those of plain division, for short and for long numbers', async (t) => {
  for (const octets of [1, 8, 128, 256, 257, 512, 1024]) {
    const number = BigInt(`0x${randomBytes(octets).toString('hex')}`)
    t.strictSame(
      [...smallPrimeResidues(number)],
      SMALL_PRIMES.map((p) => Number(number % BigInt(p))),
    )
  }
})
