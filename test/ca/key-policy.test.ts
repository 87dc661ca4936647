import { generateKeyPairSync, generatePrimeSync } from 'node:crypto'
import t from 'tap'
import { parseCsr } from '../../src/ca/csr.js'
import { readDer } from '../../src/ca/der.js'
import { checkKey } from '../../src/ca/key-policy.js'
import { parseSubjectPublicKey, type RsaPublicKey } from '../../src/ca/public-key.js'
import { csrCases, fieldCsrFiles, pemContent } from '../support/csr-fixtures.js'
import { refusal } from '../support/refusal.js'

function rsa(modulus: bigint, exponent = 65537n): RsaPublicKey {
  const hex = modulus.toString(16)
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return { type: 'rsa', spkiDer: Buffer.alloc(0), modulus: octets, exponent, bits: modulus.toString(2).length }
}

t.test('keys as they are made everywhere are taken', async (t) => {
  for (const pair of [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('rsa', { modulusLength: 3072 }),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  ]) {
    const key = parseSubjectPublicKey(readDer(pair.publicKey.export({ type: 'spki', format: 'der' })))
    t.equal(await refusal(() => checkKey(key)), undefined)
  }
})

t.test('of the field, exactly the 1024-bit keys are refused, naming 1024, 2048 and the command', async (t) => {
  for (const file of fieldCsrFiles()) {
    t.strictSame(
      await refusal(() => checkKey(parseCsr(pemContent(`asa/${file}`)).publicKey)),
      file.includes('1024')
        ? [
            'key-too-small',
            '/csr (RSA 1024): the RSA key has 1024 bits, and 2048 is the least; make a new key with `crypto key generate rsa label … modulus 2048` and enroll again',
          ]
        : undefined,
      file,
    )
  }
})

t.test('the bounds of the length are exact', async (t) => {
  const code = async (bits: number) => (await refusal(() => checkKey(rsa((1n << BigInt(bits - 1)) + 1n))))?.[0]
  t.equal(await code(2047), 'key-too-small')
  t.not(await code(2048), 'key-too-small')
  t.equal(await code(2049), 'key-modulus-length')
  t.not(await code(8192), 'key-too-large')
  t.equal(await code(8193), 'key-too-large')
})

/** A modulus of 2,048 bits with the given small factor and one large one (whose two highest bits OpenSSL sets). */
function modulusWith(factor: bigint): bigint {
  const bits = 2049 - factor.toString(2).length
  const modulus = factor * generatePrimeSync(bits, { bigint: true })
  return modulus >> 2048n === 0n ? modulus : factor * generatePrimeSync(bits - 1, { bigint: true })
}

t.test('a prime below 752 is found as a factor and named, the next one is not', async (t) => {
  for (const factor of [2n, 3n, 691n, 751n]) {
    t.strictSame(await refusal(() => checkKey(rsa(modulusWith(factor)))), [
      'key-small-factor',
      `/csr (RSA 2048): the modulus is divisible by ${factor}, so that anybody can factor it; make a new key with up-to-date software, or on another device, and enroll again`,
    ])
  }
  t.equal(await refusal(() => checkKey(rsa(modulusWith(757n)))), undefined)
})

t.test('what is wrong first is said first: length before exponent, exponent before factors', async (t) => {
  const even = 1n << 2047n
  t.equal((await refusal(() => checkKey(rsa(even >> 1n, 3n))))?.[0], 'key-too-small')
  t.equal((await refusal(() => checkKey(rsa(even, 3n))))?.[0], 'key-exponent')
  t.equal((await refusal(() => checkKey(rsa(even))))?.[0], 'key-small-factor')
})

t.test('an exponent of thousands of digits is refused without writing them all out', async (t) => {
  const outcome = await refusal(() => checkKey(rsa((1n << 2047n) + 1n, 1n << 200_000n)))
  t.equal(outcome?.[0], 'key-exponent')
  t.ok((outcome?.[1].length ?? 0) < 300)
})

t.test('every code of the policy has a fixture', async (t) => {
  const codes = [
    'key-too-small',
    'key-too-large',
    'key-modulus-length',
    'key-exponent',
    'key-small-factor',
    'key-roca',
    'key-close-primes',
    'key-point',
  ]
  for (const code of codes)
    t.ok(
      csrCases.some(({ outcome }) => outcome === code),
      code,
    )
})
