/** Writes DER (X.690): the few types that requests, certificates and CRLs are made of. */
import { TAG } from './der.js'

/** Tag, length and content in DER. */
export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  let length = 0
  for (const part of parts) length += part.length
  const head = lengthOctets(length)
  const out = Buffer.allocUnsafe(1 + head.length + length)
  out[0] = tag
  let at = 1
  for (const octet of head) out[at++] = octet
  for (const part of parts) at += part.copy(out, at)
  return out
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length]
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return [0x80 | octets.length, ...octets]
}

export const sequence = (...parts: readonly Buffer[]): Buffer => der(TAG.SEQUENCE, ...parts)
/** SET OF: the parts are put into DER order (X.690 11.6). */
export const setOf = (...parts: readonly Buffer[]): Buffer => der(TAG.SET, ...[...parts].sort(Buffer.compare))
export const octetString = (content: Buffer): Buffer => der(TAG.OCTET_STRING, content)
export const bitString = (content: Buffer, unusedBits = 0): Buffer => der(TAG.BIT_STRING, Buffer.of(unusedBits), content)
export const derNull = (): Buffer => Buffer.of(TAG.NULL, 0)
export const derBoolean = (value: boolean): Buffer => Buffer.of(TAG.BOOLEAN, 1, value ? 0xff : 0)
/** `[n]` explicit: a constructed context tag around whole values. */
export const explicit = (n: number, ...parts: readonly Buffer[]): Buffer => der(0xa0 | n, ...parts)
/** `[n]` implicit over a primitive type: the content octets only. */
export const implicit = (n: number, content: Buffer): Buffer => der(0x80 | n, content)

/** INTEGER from a bigint or from big-endian magnitude octets (taken as non-negative). */
export function integer(value: bigint | number | Buffer): Buffer {
  if (Buffer.isBuffer(value)) {
    let start = 0
    while (start < value.length - 1 && value[start] === 0) start++
    const magnitude = value.subarray(start)
    return der(TAG.INTEGER, ...((magnitude[0] ?? 0x80) >= 0x80 ? [Buffer.of(0), magnitude] : [magnitude]))
  }
  const n = BigInt(value)
  let octets = 1
  while (n < -(1n << BigInt(8 * octets - 1)) || n >= 1n << BigInt(8 * octets - 1)) octets++
  const hex = BigInt.asUintN(8 * octets, n)
    .toString(16)
    .padStart(2 * octets, '0')
  return der(TAG.INTEGER, Buffer.from(hex, 'hex'))
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt)
  const octets: number[] = []
  for (const arc of [first * 40n + second, ...rest]) {
    const base128 = [Number(arc & 0x7fn)]
    for (let left = arc >> 7n; left > 0n; left >>= 7n) base128.unshift(Number(left & 0x7fn) | 0x80)
    octets.push(...base128)
  }
  return der(TAG.OID, Buffer.from(octets))
}
