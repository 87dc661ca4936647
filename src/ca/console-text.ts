/**
 * From the octets of a paste to lines of text: what a terminal, a pager, an editor or a transport has put around and
 * between the characters is taken away again. Every step is one pass over the text, whatever the input.
 */

/** Escape sequences of ECMA-48: CSI with parameters, OSC up to BEL or ST, and the two-character rest. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const ESCAPE_SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -~])/g
/** CRLF (also with several CR, as some pseudo-terminals write), CR alone, VT, FF, NEL, LINE and PARAGRAPH SEPARATOR. */
const LINE_BREAK = /\r\r\n|\r\n|[\r\v\f\u0085\u2028\u2029]/g
/** Control characters except line feed and the two that erase; soft hyphen, zero-width and bidirectional marks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const INVISIBLE = /[\u0000-\u0007\u000b-\u001f\u0080-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g
const BLANK = /[\t\u00a0\u2000-\u200a\u202f\u205f\u3000]/g
/** What word processors make of hyphens. */
const DASH = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g
const BACKSPACE = '\b'
const DELETE = '\u007f'
/** `<--- More --->` of an ASA, ` --More-- ` of IOS. */
const PAGER = /<?-{1,4} ?More ?-{1,4}>?/g

const UTF16_LE_MARK = 0xfffe
const UTF16_BE_MARK = 0xfeff

/** The lines that a person sees who looks at this paste, in ASCII where the paste means ASCII. Never throws. */
export function consoleLines(paste: Buffer): string[] {
  const text = withoutTransport(decode(paste))
    .replace(ESCAPE_SEQUENCE, '')
    .replace(LINE_BREAK, '\n')
    .replace(BLANK, ' ')
    .replace(INVISIBLE, '')
    .replace(DASH, '-')
  return erased(text).replace(PAGER, '').split('\n')
}

/** UTF-16 where a byte order mark says so, else UTF-8; what fits neither becomes U+FFFD, which is no base64. */
function decode(paste: Buffer): string {
  const mark = paste.length < 2 ? 0 : paste.readUInt16BE(0)
  const encoding = mark === UTF16_LE_MARK ? 'utf-16le' : mark === UTF16_BE_MARK ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(paste)
}

/**
 * Undoes the escapes of a form body (`%0A`, `%2B`; a `+` is left, because in base64 it is one and in a label it does no
 * harm) and of a JSON string (`\n`, `\/`). Neither `%` nor `\` occurs in base64, so that nothing of value is touched.
 */
function withoutTransport(text: string): string {
  return text
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\[rn]/g, '\n')
    .replace(/\\t/g, ' ')
    .replace(/\\\//g, '/')
}

/** A backspace takes the character before it away, within its line: typed corrections, and how IOS wipes its pager. */
function erased(text: string): string {
  if (!text.includes(BACKSPACE) && !text.includes(DELETE)) return text
  const kept: string[] = []
  for (const character of text) {
    if (character !== BACKSPACE && character !== DELETE) kept.push(character)
    else if (kept.length > 0 && kept[kept.length - 1] !== '\n') kept.pop()
  }
  return kept.join('')
}
