/**
 * The fingerprint of keys made by Infineon's RSALib (CVE-2017-15361; Nemec, Sys, Svenda, Klinec, Matyas: "The Return of
 * Coppersmith's Attack", CCS 2017, section 2). Its primes are k · M + (65537^a mod M) with a primorial M, so that the
 * modulus is a power of 65537 modulo every small prime; such a key can be factored.
 */
import { SMALL_PRIMES } from './small-primes.js'

/** M of the shortest keys is the product of the primes to 167, and every longer M is a multiple of it (table 1 there). */
const FIRST_PRIME = 11
const LAST_PRIME = 167
const GENERATOR = 65537

interface Subgroup {
  /** Place of the prime in `SMALL_PRIMES`. */
  readonly index: number
  /** 1 where the residue is a power of 65537. */
  readonly members: Uint8Array
}

/** Only where 65537 generates less than the whole group; elsewhere every residue passes. */
const SUBGROUPS: readonly Subgroup[] = SMALL_PRIMES.flatMap((prime, index) => {
  if (prime < FIRST_PRIME || prime > LAST_PRIME) return []
  const members = new Uint8Array(prime)
  let order = 0
  for (let power = 1; members[power] !== 1; power = (power * GENERATOR) % prime) {
    members[power] = 1
    order++
  }
  return order < prime - 1 ? [{ index, members }] : []
})

/**
 * Whether every residue (as `smallPrimeResidues` gives them) lies in the subgroup of 65537. 17 of the primes tell;
 * one sound key in 239 million looks like one by chance. Below 0.1 µs: at 11 alone four of five sound keys drop out.
 */
export function hasRocaFingerprint(residues: Uint16Array): boolean {
  return SUBGROUPS.every(({ index, members }) => members[residues[index] ?? 0] === 1)
}
