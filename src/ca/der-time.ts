/** Times as RFC 5280 4.1.2.5 wants them, written and read. */
import { CaError } from '../errors.js'
import { type DerNode, TAG } from './der.js'
import { der } from './der-writer.js'

/** First year that UTCTime cannot say (RFC 5280, 4.1.2.5). */
const GENERALIZED_TIME_FROM_YEAR = 2050

/** Time as RFC 5280 4.1.2.5 wants it: UTCTime through 2049, GeneralizedTime after; whole seconds, UTC. */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replace(/[-:T]|\.\d+Z$/g, '')
  return at.getUTCFullYear() < GENERALIZED_TIME_FROM_YEAR
    ? der(TAG.UTC_TIME, Buffer.from(`${digits.slice(2)}Z`, 'latin1'))
    : der(TAG.GENERALIZED_TIME, Buffer.from(`${digits}Z`, 'latin1'))
}

/** Reads UTCTime or GeneralizedTime in the only forms RFC 5280 4.1.2.5 allows (seconds, `Z`). */
export function readTime(node: DerNode): Date {
  const text = node.content.toString('latin1')
  const m =
    node.tag === TAG.UTC_TIME
      ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)
      : node.tag === TAG.GENERALIZED_TIME
        ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)
        : null
  if (!m) throw notDer('a time is not in the form of RFC 5280 4.1.2.5')
  const [, y = '', mo = '', d = '', h = '', mi = '', s = ''] = m
  const year = y.length === 4 ? y : `${Number(y) >= 50 ? '19' : '20'}${y}`
  const at = new Date(`${year}-${mo}-${d}T${h}:${mi}:${s}Z`)
  // `Date` turns 31 February into 3 March and 24:00 into the next day; such a time is not what it says.
  if (Number.isNaN(at.getTime()) || at.toISOString() !== `${year}-${mo}-${d}T${h}:${mi}:${s}.000Z`) {
    throw notDer('a time names no real moment')
  }
  return at
}

function notDer(rule: string): CaError {
  return new CaError('csr-not-der', `not DER: ${rule}`)
}
