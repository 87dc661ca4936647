import { checkPrimeSync, generatePrimeSync, randomBytes } from 'node:crypto'
import t from 'tap'
import { hasClosePrimes, integerSquareRoot } from '../../src/ca/close-primes.js'

const bitsOf = (value: bigint): number => value.toString(2).length
const isClose = (p: bigint, q: bigint): boolean => hasClosePrimes(p * q, bitsOf(p * q))

function oddFrom(value: bigint): bigint {
  return value | 1n
}

t.test('roots are the floor of the square root, for every length and at the edges of squares', async (t) => {
  for (let value = 1n; value < 5000n; value++) {
    const root = integerSquareRoot(value, bitsOf(value))
    if (root * root > value || (root + 1n) ** 2n <= value) t.fail(`${value}: ${root}`)
  }
  for (let i = 0; i < 3000; i++) {
    const base = oddFrom(BigInt(`0x${randomBytes(1 + (i % 200)).toString('hex')}`)) + 1n
    for (const value of [base, base * base, base * base - 1n, base * base + 1n]) {
      const root = integerSquareRoot(value, bitsOf(value))
      if (root * root > value || (root + 1n) ** 2n <= value) t.fail(`${value}: ${root}`)
    }
  }
  for (let bits = 1; bits <= 2100; bits++) {
    for (const value of [1n << BigInt(bits - 1), (1n << BigInt(bits)) - 1n]) {
      const root = integerSquareRoot(value, bits)
      if (root * root > value || (root + 1n) ** 2n <= value) t.fail(`${bits} bits: ${root}`)
    }
  }
})

t.test('exactly the first hundred rounds are played', async (t) => {
  const centre = oddFrom(1n << 1023n) + 2n ** 600n
  // n = a² − b² with √n half a step below a − round: b² is about 2 · a · (round + ½).
  for (const round of [0n, 1n, 2n, 50n, 98n, 99n, 100n, 101n, 1000n]) {
    const square = centre * (2n * round + 1n)
    const gap = integerSquareRoot(square, bitsOf(square))
    const n = centre * centre - gap * gap
    t.equal(centre - 1n - integerSquareRoot(n, bitsOf(n)), round, 'the round that finds it')
    t.equal(hasClosePrimes(n, bitsOf(n)), round < 100n, `round ${round}`)
  }
})

t.test('primes whose upper halves agree are found, and the same prime twice', async (t) => {
  const p = generatePrimeSync(1024, { bigint: true })
  t.ok(isClose(p, p))
  for (const distance of [2n, 1n << 64n, 1n << 256n, 1n << 510n]) {
    let q = p + distance
    while (!checkPrimeSync(q)) q += 2n
    t.ok(isClose(p, q), `${bitsOf(q - p)} bits apart`)
  }
})

t.test('primes chosen apart are not found', async (t) => {
  for (let i = 0; i < 20; i++) {
    t.notOk(isClose(generatePrimeSync(512, { bigint: true }), generatePrimeSync(512, { bigint: true })))
  }
})
