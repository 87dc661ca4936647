/** In which form a certificate leaves: by `?format=`, else by Accept. */
import { CaError, printable } from '../errors.js'

export const FORMATS = ['json', 'pem', 'der', 'chain', 'p7b', 'text', 'asa'] as const
export type Format = (typeof FORMATS)[number]

/** What each form is called in Content-Type; `asa` is text that no media type of its own names. */
export const MEDIA_TYPES = {
  json: 'application/json',
  pem: 'application/x-pem-file',
  der: 'application/pkix-cert',
  chain: 'application/pem-certificate-chain',
  p7b: 'application/x-pkcs7-certificates',
  text: 'text/plain',
  asa: 'text/plain',
} as const satisfies Record<Format, string>

/** The form, and whether JSON is to carry the console's paste, too. */
export interface Choice {
  readonly format: Format
  /** `asa` in JSON: `{command, body, ifAsked}`. */
  readonly asaInJson: boolean
}

/**
 * `format` decides where it is given; `asa` with `Accept: application/json` is JSON. Otherwise the media type that the
 * caller likes best; `json` where all are equal to him.
 * @throws CaError `not-acceptable` where Accept allows none of ours.
 */
export function chooseFormat(format: Format | undefined, accept: string | undefined): Choice {
  if (format === 'asa' && prefers(accept, 'application/json')) return { format: 'json', asaInJson: true }
  if (format !== undefined) return { format, asaInJson: false }
  const best = negotiate(accept, FORMATS)
  if (best === undefined) {
    const known = FORMATS.map((f) => `${MEDIA_TYPES[f]} (format=${f})`).join(', ')
    throw new CaError('not-acceptable', `Accept (${printable(accept ?? '')}): nothing in it can be given; there are ${known}`)
  }
  return { format: best, asaInJson: false }
}

/** Whether the caller names the media type outright and not by a wildcard. */
function prefers(accept: string | undefined, mediaType: string): boolean {
  return parseAccept(accept).some((range) => range.type === mediaType && range.quality > 0)
}

/** The format whose media type has the highest quality; among equals the first in the list. */
export function negotiate<F extends Format>(accept: string | undefined, formats: readonly F[]): F | undefined {
  const ranges = parseAccept(accept)
  if (ranges.length === 0) return formats[0]
  let best: F | undefined
  let highest = 0
  for (const format of formats) {
    const quality = qualityOf(MEDIA_TYPES[format], ranges)
    if (quality > highest) {
      best = format
      highest = quality
    }
  }
  return best
}

interface MediaRange {
  readonly type: string
  readonly quality: number
}

/** RFC 9110, 12.5.1; parameters other than q do not matter here. */
function parseAccept(accept: string | undefined): MediaRange[] {
  return (accept ?? '')
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '')
    .map((part) => {
      const [type = '', ...parameters] = part.split(';').map((p) => p.trim())
      const q = parameters.find((p) => p.startsWith('q='))?.slice(2)
      const quality = q === undefined ? 1 : /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(q) ? Number(q) : 0
      return { type, quality }
    })
}

/** The most specific range decides (RFC 9110, 12.5.1). */
function qualityOf(mediaType: string, ranges: readonly MediaRange[]): number {
  const group = `${mediaType.split('/')[0]}/*`
  for (const type of [mediaType, group, '*/*']) {
    const range = ranges.find((r) => r.type === type)
    if (range) return range.quality
  }
  return 0
}
