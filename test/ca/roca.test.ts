import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { parseCsr } from '../../src/ca/csr.js'
import { hasRocaFingerprint } from '../../src/ca/roca.js'
import { SMALL_PRIMES, smallPrimeResidues } from '../../src/ca/small-primes.js'
import { pemContent } from '../support/csr-fixtures.js'

const product = (primes: readonly number[]): bigint => primes.reduce((p, q) => p * BigInt(q), 1n)

t.test('a modulus of two primes in the form of RSALib has the fingerprint', async (t) => {
  const { publicKey } = parseCsr(pemContent('csr/roca.csr.pem'))
  t.ok(publicKey.type === 'rsa' && hasRocaFingerprint(smallPrimeResidues(BigInt(`0x${publicKey.modulus.toString('hex')}`))))
})

t.test('every power of 65537 modulo the primorial of the shortest keys has it, whatever is added in multiples', async (t) => {
  const m = product(SMALL_PRIMES.filter((p) => p <= 167))
  let power = 1n
  for (let exponent = 0; exponent < 200; exponent++) {
    t.ok(hasRocaFingerprint(smallPrimeResidues(power + 12345n * m)))
    power = (power * 65537n) % m
  }
})

t.test('one residue outside of its subgroup takes the fingerprint away', async (t) => {
  const m = product(SMALL_PRIMES.filter((p) => p <= 167))
  // 65537 generates 2 of 10 residues modulo 11, and 3 of 36 modulo 37.
  for (const prime of [11, 37]) {
    const cofactor = m / BigInt(prime)
    t.notOk(hasRocaFingerprint(smallPrimeResidues(65537n + cofactor)), `${prime}`)
  }
})

t.test('keys of OpenSSL do not have it', async (t) => {
  for (let i = 0; i < 20; i++) {
    const { n = '' } = generateKeyPairSync('rsa', { modulusLength: 512 }).publicKey.export({ format: 'jwk' })
    t.notOk(hasRocaFingerprint(smallPrimeResidues(BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`))))
  }
})
