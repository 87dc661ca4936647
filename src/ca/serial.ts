/** Serial numbers: random, so that nobody can guess the next one, and of one length, so that they sort and print alike. */
import type { RandomBytes } from './ports.js'

/** Octets of a serial: RFC 5280 4.1.2.2 allows 20; 16 hold 126 random bits, and two equal ones in 10^6 have odds of 10^-26. */
const SERIAL_OCTETS = 16
/** The top bit stays clear: the INTEGER is positive without an extra octet (X.690, 8.3). */
const TOP_BIT_CLEAR = 0x7f
/** The bit below it is always set: the first octet is never zero, so that every serial has exactly 16 octets. */
const SECOND_BIT = 0x40

/** A new serial, 32 lower-case hex digits, with 126 random bits. Uniqueness is the database's to enforce. */
export function newSerial(random: RandomBytes): string {
  const octets = Buffer.from(random(SERIAL_OCTETS))
  octets[0] = ((octets[0] ?? 0) & TOP_BIT_CLEAR) | SECOND_BIT
  return octets.toString('hex')
}

/** The content octets of the INTEGER for a serial in hex (an even number of digits, as `newSerial` gives). */
export function serialOctets(serial: string): Buffer {
  return Buffer.from(serial, 'hex')
}
