/**
 * The one reader through which all foreign DER goes; what we make is written by `der-writer.ts`. X.690 (DER): definite,
 * minimal lengths; one-octet tags; nothing behind the value; canonical BOOLEAN, INTEGER, OID and BIT STRING.
 */
import { CaError } from '../errors.js'

export const TAG = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OID: 0x06,
  ENUMERATED: 0x0a,
  UTF8_STRING: 0x0c,
  NUMERIC_STRING: 0x12,
  PRINTABLE_STRING: 0x13,
  TELETEX_STRING: 0x14,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  VISIBLE_STRING: 0x1a,
  UNIVERSAL_STRING: 0x1c,
  BMP_STRING: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const

/** Deepest nesting taken: a certificate with every extension needs 12. */
const MAX_DEPTH = 32
/** Most values in one encoding: a CSR with 100 names has about 400. */
const MAX_NODES = 20_000

/** The longest arc in use is a UUID of 128 bits (X.667); without a bound reading one takes time in its square. */
const MAX_ARC_OCTETS = 19

const CONSTRUCTED = 0x20

/** One value: `bytes` is tag, length and content; `content` the content alone; both are views, not copies. */
export interface DerNode {
  readonly tag: number
  readonly bytes: Buffer
  readonly content: Buffer
  /** The parts of a constructed value; empty for a primitive one. */
  readonly children: readonly DerNode[]
}

interface Budget {
  nodes: number
}

function fail(rule: string): never {
  throw new CaError('csr-not-der', `not DER: ${rule}`)
}

/**
 * Reads exactly one DER value.
 * @throws CaError `csr-not-der` naming the rule of X.690 that is broken.
 */
export function readDer(bytes: Buffer): DerNode {
  const node = readValue(bytes, 0, bytes.length, 0, { nodes: 0 })
  if (node.bytes.length !== bytes.length) {
    fail(`octets behind the end of the value: ${bytes.length - node.bytes.length}`)
  }
  return node
}

/** Reads the value at `at`, which must end at `limit` at the latest: the end of the value around it. */
function readValue(bytes: Buffer, at: number, limit: number, depth: number, budget: Budget): DerNode {
  if (depth > MAX_DEPTH) fail(`nested deeper than ${MAX_DEPTH}`)
  if (++budget.nodes > MAX_NODES) fail(`more than ${MAX_NODES} values`)
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined || at + 2 > limit) fail('the encoding ends inside a tag or length')
  if ((tag & 0x1f) === 0x1f) fail('tag of more than one octet')
  if (tag === 0) fail('tag 0 (end-of-contents belongs to indefinite lengths, X.690 10.1)')
  let contentAt = at + 2
  let length = first
  if (first === 0x80) fail('indefinite length (X.690 10.1)')
  if (first > 0x80) {
    const octets = first & 0x7f
    if (octets > 4) fail('length of more than four octets')
    length = 0
    for (let i = 0; i < octets; i++) {
      const octet = bytes[contentAt + i]
      if (octet === undefined || contentAt + i >= limit) fail('the encoding ends inside a length')
      length = length * 256 + octet
    }
    if (length < 0x80 || length < 256 ** (octets - 1)) fail('length not in the fewest octets (X.690 10.1)')
    contentAt += octets
  }
  const end = contentAt + length
  if (end > limit) fail(`octets missing at the end of a value: ${end - limit}`)
  const content = bytes.subarray(contentAt, end)
  const whole = bytes.subarray(at, end)
  if ((tag & CONSTRUCTED) === 0) {
    checkPrimitive(tag, content)
    return { tag, bytes: whole, content, children: NO_CHILDREN }
  }
  if (tag < 0x40 && tag !== TAG.SEQUENCE && tag !== TAG.SET) fail('a string in constructed form (X.690 10.2)')
  const children: DerNode[] = []
  for (let next = contentAt; next < end; ) {
    const child = readValue(bytes, next, end, depth + 1, budget)
    children.push(child)
    next += child.bytes.length
  }
  if (tag === TAG.SET) checkSetOrder(children)
  return { tag, bytes: whole, content, children }
}

const NO_CHILDREN: readonly DerNode[] = Object.freeze([])

function checkPrimitive(tag: number, content: Buffer): void {
  switch (tag) {
    case TAG.SEQUENCE & ~CONSTRUCTED:
    case TAG.SET & ~CONSTRUCTED:
      fail('SEQUENCE or SET in primitive form')
      break
    case TAG.BOOLEAN:
      if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) fail('BOOLEAN is neither 00 nor FF (X.690 11.1)')
      break
    case TAG.INTEGER:
    case TAG.ENUMERATED:
      if (content.length === 0) fail('INTEGER without content')
      if (
        content.length > 1 &&
        ((content[0] === 0 && (content[1] ?? 0) < 0x80) || (content[0] === 0xff && (content[1] ?? 0) >= 0x80))
      ) {
        fail('INTEGER not in the fewest octets (X.690 8.3.2)')
      }
      break
    case TAG.NULL:
      if (content.length !== 0) fail('NULL with content')
      break
    case TAG.BIT_STRING: {
      const unused = content[0]
      if (unused === undefined || unused > 7) fail('BIT STRING without a valid count of unused bits')
      const last = content.length > 1 ? (content[content.length - 1] ?? 0) : 0
      if (content.length === 1 && unused !== 0) fail('empty BIT STRING with unused bits')
      if (unused > 0 && (last & ((1 << unused) - 1)) !== 0) fail('unused bits of a BIT STRING are not zero (X.690 11.2.1)')
      break
    }
    case TAG.OID:
      checkOid(content)
      break
  }
}

function checkOid(content: Buffer): void {
  if (content.length === 0 || ((content[content.length - 1] ?? 0x80) & 0x80) !== 0) fail('OBJECT IDENTIFIER ends inside an arc')
  let arcOctets = 0
  for (const octet of content) {
    if (arcOctets === 0 && octet === 0x80) fail('arc of an OBJECT IDENTIFIER not in the fewest octets (X.690 8.19.2)')
    if (++arcOctets > MAX_ARC_OCTETS) fail(`arc of an OBJECT IDENTIFIER longer than ${MAX_ARC_OCTETS} octets`)
    if ((octet & 0x80) === 0) arcOctets = 0
  }
}

function checkSetOrder(children: readonly DerNode[]): void {
  for (let i = 1; i < children.length; i++) {
    const before = children[i - 1]
    const node = children[i]
    if (before && node && Buffer.compare(before.bytes, node.bytes) > 0) fail('SET not in ascending order (X.690 11.6)')
  }
}

/** Octets of an arc that a number holds exactly: 7 × 7 bits. */
const MAX_NUMBER_ARC_OCTETS = 7

/** The dotted form of an OBJECT IDENTIFIER's content octets. Arcs as numbers where they fit: 0.2 µs, as bigints 1.5 µs. */
export function readOid(node: DerNode): string {
  if (node.tag !== TAG.OID) fail('an OBJECT IDENTIFIER is missing')
  const { content } = node
  let dotted = ''
  for (let start = 0, end = 0; end < content.length; end++) {
    if ((content[end] ?? 0) & 0x80) continue
    const arc = end - start < MAX_NUMBER_ARC_OCTETS ? numberArc(content, start, end) : bigintArc(content, start, end)
    dotted += start === 0 ? firstTwoArcs(arc) : `.${arc}`
    start = end + 1
  }
  return dotted
}

function numberArc(content: Buffer, start: number, end: number): number {
  let arc = 0
  for (let i = start; i <= end; i++) arc = arc * 128 + ((content[i] ?? 0) & 0x7f)
  return arc
}

function bigintArc(content: Buffer, start: number, end: number): bigint {
  let arc = 0n
  for (let i = start; i <= end; i++) arc = (arc << 7n) | BigInt((content[i] ?? 0) & 0x7f)
  return arc
}

/** X.690, 8.19.4: the first octets say 40 times the first arc (0, 1 or 2) plus the second. */
function firstTwoArcs(both: number | bigint): string {
  const root = both < 40 ? 0 : both < 80 ? 1 : 2
  return typeof both === 'bigint' ? `2.${both - 80n}` : `${root}.${both - root * 40}`
}

/** A non-negative or negative INTEGER as bigint. */
export function readInteger(node: DerNode): bigint {
  if (node.tag !== TAG.INTEGER && node.tag !== TAG.ENUMERATED) fail('an INTEGER is missing')
  const magnitude = BigInt(`0x${node.content.toString('hex')}`)
  return (node.content[0] ?? 0) >= 0x80 ? magnitude - (1n << BigInt(8 * node.content.length)) : magnitude
}
