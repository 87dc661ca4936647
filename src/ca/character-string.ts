/** The character strings of ASN.1 (X.680, 41), decoded strictly: what a name shows is what its octets say. */
import { CaError, refuse } from '../errors.js'
import { type DerNode, TAG } from './der.js'

const POINTER = '/csr'
const HIGHEST_CODE_POINT = 0x10ffff
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** C0 with NUL, DEL and C1: X.690 knows no reason to have them in a name, and attacks use NUL. */
const CONTROL = /\p{Cc}/u
/** With them marks that turn the direction of text, joiners, zero width spaces, BOM: two names that look the same. */
const UNSEEN = /[\p{Cc}\p{Cf}]/u
/** UTF-16 surrogates: BMPString has none (X.680, 41.15), and a lone one in UniversalString is no character. */
const SURROGATE = /[\ud800-\udfff]/

/** What `text` holds that has no place in a name, in words; undefined where it is all text that people can see. */
export function unseenCharacter(text: string): string | undefined {
  if (!UNSEEN.test(text)) return undefined
  return CONTROL.test(text) ? 'a NUL or another control character' : 'an invisible formatting character (Unicode category Cf)'
}

/** Whether the tag is one of the string types that `readCharacterString` decodes. */
export function isCharacterString(tag: number): boolean {
  switch (tag) {
    case TAG.PRINTABLE_STRING:
    case TAG.UTF8_STRING:
    case TAG.IA5_STRING:
    case TAG.TELETEX_STRING:
    case TAG.BMP_STRING:
    case TAG.UNIVERSAL_STRING:
    case TAG.NUMERIC_STRING:
    case TAG.VISIBLE_STRING:
      return true
    default:
      return false
  }
}

/**
 * The text of a character string; `tag` overrides the node's own where it is implicit (`[2] IMPLICIT IA5String`), and
 * `field` names the place in errors. PrintableString is taken with any printable ASCII: Cisco and Windows write `*`,
 * `@` and `_` into it, and the subject is copied, not rewritten. TeletexString is read as Latin-1, as everybody does.
 * @throws CaError `csr-malformed` (octets that are no text of that type, or no octets at all), `name-control-character`.
 */
export function readCharacterString(node: DerNode, field: string, tag: number = node.tag): string {
  const octets = node.content
  if (octets.length === 0) throw new CaError('csr-malformed', `${field} is empty; give it a value or leave it out`)
  const text = decode(octets, tag)
  if (text === undefined)
    throw new CaError('csr-malformed', `${field} holds octets that are no text of its string type (X.680, 41)`)
  const unseen = unseenCharacter(text)
  if (unseen !== undefined) {
    throw refuse('name-control-character', {
      pointer: POINTER,
      value: text,
      rule: `${field} holds ${unseen}`,
      remedy: 'make the request again with plain text there',
    })
  }
  return text
}

function decode(octets: Buffer, tag: number): string | undefined {
  switch (tag) {
    case TAG.PRINTABLE_STRING:
    case TAG.IA5_STRING:
    case TAG.VISIBLE_STRING:
      return isAscii(octets) ? octets.toString('latin1') : undefined
    case TAG.NUMERIC_STRING: {
      const text = octets.toString('latin1')
      return /^[0-9 ]+$/.test(text) ? text : undefined
    }
    case TAG.UTF8_STRING:
      return isAscii(octets) ? octets.toString('latin1') : decodeUtf8(octets)
    case TAG.TELETEX_STRING:
      return octets.toString('latin1')
    case TAG.BMP_STRING: {
      if (octets.length % 2 !== 0) return undefined
      const text = Buffer.from(octets).swap16().toString('utf16le')
      return SURROGATE.test(text) ? undefined : text
    }
    case TAG.UNIVERSAL_STRING:
      return decodeUniversal(octets)
    default:
      return undefined
  }
}

function isAscii(octets: Buffer): boolean {
  for (let i = 0; i < octets.length; i++) if ((octets[i] ?? 0) >= 0x80) return false
  return true
}

function decodeUtf8(octets: Buffer): string | undefined {
  try {
    return utf8.decode(octets)
  } catch {
    return undefined
  }
}

function decodeUniversal(octets: Buffer): string | undefined {
  if (octets.length % 4 !== 0) return undefined
  let text = ''
  for (let at = 0; at < octets.length; at += 4) {
    const codePoint = octets.readUInt32BE(at)
    if (codePoint > HIGHEST_CODE_POINT || (codePoint >= 0xd800 && codePoint <= 0xdfff)) return undefined
    text += String.fromCodePoint(codePoint)
  }
  return text
}
