/** A property: whatever becomes of a request on its way, it is read or refused with a CaError, soon. */
import t from 'tap'
import { parseCsr } from '../../src/ca/csr.js'
import { checkKey } from '../../src/ca/key-policy.js'
import { verifyProofOfPossession } from '../../src/ca/proof-of-possession.js'
import { CaError } from '../../src/errors.js'
import { csrCases, fieldCsrFiles, pemContent } from '../support/csr-fixtures.js'

const SEED = 0x5eed
const MUTANTS_PER_REQUEST = 200
/** Octets that mean something in DER: tags, lengths and the edges of both. */
const TELLING = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x16, 0x1e, 0x1f, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0xa0, 0xff,
]

/** mulberry32: the same numbers at every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) % below
  }
}

type Mutation = (der: Buffer, random: (below: number) => number) => Buffer

const MUTATIONS: readonly Mutation[] = [
  (der, random) => changed(der, random(der.length), (octet) => octet ^ (1 << random(8))),
  (der, random) => changed(der, random(der.length), () => TELLING[random(TELLING.length)] ?? 0),
  (der, random) => changed(der, random(Math.min(60, der.length)), () => random(256)),
  (der, random) => der.subarray(0, random(der.length)),
  (der, random) => without(der, random(der.length), 1 + random(8)),
  (der, random) => inserted(der, random(der.length), Buffer.of(TELLING[random(TELLING.length)] ?? 0)),
  (der, random) => {
    const from = random(der.length)
    return inserted(der, random(der.length), der.subarray(from, from + random(64)))
  },
]

function changed(der: Buffer, at: number, change: (octet: number) => number): Buffer {
  const copy = Buffer.from(der)
  copy[at] = change(copy[at] ?? 0)
  return copy
}
const without = (der: Buffer, at: number, count: number): Buffer => Buffer.concat([der.subarray(0, at), der.subarray(at + count)])
const inserted = (der: Buffer, at: number, what: Buffer): Buffer => Buffer.concat([der.subarray(0, at), what, der.subarray(at)])

async function judge(der: Buffer): Promise<Buffer | CaError> {
  try {
    const csr = parseCsr(der)
    checkKey(csr.publicKey)
    await verifyProofOfPossession(csr)
    return csr.infoDer
  } catch (error) {
    if (error instanceof CaError) return error
    throw error
  }
}

t.test('a damaged request is refused with a CaError, and never passes with other names or another key', async (t) => {
  const random = randomNumbers(SEED)
  const sound = csrCases.filter(({ outcome }) => outcome === 'accepted').map(({ file }) => `csr/${file}`)
  const codes = new Map<string, number>()
  for (const file of [...fieldCsrFiles().map((name) => `asa/${name}`), ...sound]) {
    const original = pemContent(file)
    const { infoDer } = parseCsr(original)
    for (let i = 0; i < MUTANTS_PER_REQUEST; i++) {
      let mutant = original
      // Several changes at once reach places that one change does not.
      for (let changes = 1 + random(3); changes > 0 && mutant.length > 0; changes--) {
        mutant = MUTATIONS[random(MUTATIONS.length)]?.(mutant, random) ?? mutant
      }
      const outcome = await judge(mutant)
      if (!(outcome instanceof CaError) && !outcome.equals(infoDer)) t.fail(`${file}: passes as ${mutant.toString('base64')}`)
      const code = outcome instanceof CaError ? outcome.code : 'accepted'
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
  }
  t.comment(`outcomes: ${[...codes].map(([code, count]) => `${code} ${count}`).join(', ')}`)
  for (const code of [
    'csr-not-der',
    'csr-malformed',
    'csr-signature-invalid',
    'key-small-factor',
    'key-point',
    'name-control-character',
  ]) {
    t.ok(codes.has(code), `the mutants reach ${code}`)
  }
})
