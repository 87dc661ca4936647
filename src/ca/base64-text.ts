/**
 * From lines of text to octets: base64 as consoles, editors and hand-built forms leave it. Where an encoding ends is
 * not asked of the text around it but of its own DER header, which says how many octets follow.
 */
import type { Segment, TextLine } from './armour.js'

/** Either the octets, or why they cannot be had and what could be read of them. `line`: where they begin. */
export type Octets =
  | { readonly line: number; readonly der: Buffer; readonly broken?: undefined }
  | { readonly line: number; readonly beginning: Buffer; readonly broken: string }

/** Characters of base64 that hold tag and length of everything that fits a paste. */
const HEADER_CHARACTERS = 8
/** Columns at which programs wrap base64: RFC 7468, RFC 2045. */
const WIDTHS = [64, 76]
/** Most spaces that are put back at a line's end: three `+` there are one line in 260,000, a line cut short is common. */
const MAX_TRIMMED = 2
/** Starts that look like an encoding and turn out to be none before the search is given up: bounds the work on junk. */
const MAX_FALSE_STARTS = 16
/** Short encodings (keys on curves) are looked for in tokens of this length only: `MFA` and `MGMT` are words. */
const MIN_SHORT_TOKEN = 16

/** First characters of a SEQUENCE of 32 octets and more; `MII` is every one above 255 octets. */
const START = new RegExp(`(?<![A-Za-z0-9+/])(?:MII|M[C-I][A-Za-z0-9+/]{${MIN_SHORT_TOKEN - 2}})`, 'g')
const PROMPT = /^ *(?:[A-Za-z0-9_.()/:-]{1,80}[#>] |[>|] ?)/
/** Header fields of old PEM (RFC 1421), and the log lines that a console mixes in. */
const NOISE = /^ *[A-Za-z][A-Za-z0-9-]{0,40}: |%[A-Z][A-Z0-9_]{0,30}-\d-/
const LEADING_BASE64 = /^[A-Za-z0-9+/= ]*/
/** What may close base64 on its line: the end of a string, of an element, of a form's field. */
const CLOSING = /^["'`<&,;)\]}]/
/** Words that stand alone on a console's line and would pass for base64. */
const CONSOLE_WORD = /^(?:quit|exit|end|yes|no|y|n)$/i

/** The octets of a block that BEGIN and END enclose: everything in it counts. */
export function octetsOfBlock(block: Segment): Octets {
  const kept: TextLine[] = []
  for (const { number, text } of block.lines) {
    const line = withoutPrompt(text)
    if (isNoise(line)) continue
    const good = leadingBase64(line).length
    if (good < line.length) {
      const column = text.length - line.length + good + 1
      return {
        line: block.startLine,
        beginning: decode(packed(kept)),
        broken: `line ${number} is no base64 from column ${column} on`,
      }
    }
    kept.push({ number, text: line })
  }
  return assemble(block.startLine, kept)
}

/** The octets of a block whose END is missing: as far as its own header says, or to the first line that is no base64. */
export function octetsOfOpenBlock(block: Segment): Octets {
  const first = block.lines.findIndex((line) => !isNoise(withoutPrompt(line.text)))
  const text = block.lines[first]?.text ?? ''
  const run = collectRun(block.lines, Math.max(first, 0), text.length - withoutPrompt(text).length)
  return assemble(block.startLine, run.lines)
}

/** Every encoding that stands in text without BEGIN and END, whole or broken, in order. */
export function octetsInText(text: Segment): Octets[] {
  const found: Octets[] = []
  let falseStarts = 0
  let after = { index: 0, column: 0 }
  for (const [index, line] of text.lines.entries()) {
    for (const match of line.text.matchAll(START)) {
      if (index < after.index || (index === after.index && match.index < after.column)) continue
      if (falseStarts >= MAX_FALSE_STARTS) return found
      const run = collectRun(text.lines, index, match.index)
      const octets = assemble(line.number, run.lines)
      found.push(octets)
      if (octets.broken === undefined) after = run.end
      else falseStarts++
    }
  }
  return found
}

interface Run {
  readonly lines: readonly TextLine[]
  /** Where the text goes on behind it. */
  readonly end: { readonly index: number; readonly column: number }
}

/** Lines of base64 from a place on, up to the end that the DER header announces, else to the first line that is no base64. */
function collectRun(lines: readonly TextLine[], first: number, column: number): Run {
  const kept: TextLine[] = []
  let head = ''
  let count = 0
  let end = { index: first, column }
  for (let index = first; index < lines.length; index++) {
    const { number, text } = lines[index] ?? { number: 0, text: '' }
    const line = index > first ? withoutPrompt(text) : text.slice(0, column).trim() === '' ? text : text.slice(column)
    if (index > first && isNoise(line)) continue
    const good = leadingBase64(line)
    const whole = good.length === line.length
    if (index > first && (CONSOLE_WORD.test(line.trim()) || (!whole && !CLOSING.test(line.slice(good.length))))) break
    if (head.length < HEADER_CHARACTERS) head += withoutSpaces(good)
    const missing = charactersFor(announcedOctets(head)) - count
    const used = upTo(good, missing)
    kept.push({ number, text: used })
    count += characters(used)
    end = { index, column: text.length - line.length + used.length }
    if (!whole || characters(good) >= missing) break
  }
  return { lines: kept, end }
}

/** The text up to the word with which `count` characters are reached; all of it where no word ends there. */
function upTo(text: string, count: number): string {
  let seen = 0
  for (const word of text.matchAll(/[^ ]+/g)) {
    seen += characters(word[0])
    if (seen === count) return text.slice(0, word.index + word[0].length)
    if (seen > count) break
  }
  return text
}

function assemble(line: number, kept: readonly TextLine[]): Octets {
  const core = withoutPadding(packed(kept))
  const der = decode(core)
  const broken = (why: string): Octets => ({ line, beginning: der, broken: why })
  if (core === '') return broken(`the block that begins in line ${line} is empty`)
  if (core.includes('=')) return broken(`line ${lineWithInnerPadding(kept)} goes on behind the padding (=) that ends base64`)
  const octets = announcedOctets(core)
  if (octets === undefined && core.length < HEADER_CHARACTERS) return broken(`what begins in line ${line} breaks off at once`)
  if (octets === undefined || core.length === charactersFor(octets)) return { line, der }
  if (der.length < octets) {
    const repaired = withPlusForSpace(kept, charactersFor(octets))
    if (repaired !== undefined) return { line, der: decode(repaired) }
    const last = kept[kept.length - 1]?.number ?? line
    const odd = raggedLine(kept)
    const where = odd === undefined ? '' : `, and line ${odd} is not as long as the lines around it`
    return broken(`what begins in line ${line} breaks off in line ${last}, after ${der.length} of its ${octets} octets${where}`)
  }
  if (core.length % 4 === 1) return broken(`what begins in line ${line} has one character too many for base64`)
  return { line, der }
}

/**
 * The base64 with `+` where spaces stand (a form decoder makes a space of a plus), in the one reading of the spaces that
 * gives the length needed: within lines; at their ends too; trimmed from their ends; or line breaks became spaces as well.
 */
function withPlusForSpace(kept: readonly TextLine[], needed: number): string | undefined {
  const texts = kept.map((line) => line.text)
  const indent = texts.reduce((least, text) => Math.min(least, text.length - text.trimStart().length), Number.POSITIVE_INFINITY)
  const dedented = texts.map((text) => text.slice(indent))
  const width = dedented.reduce((widest, text) => Math.max(widest, text.length), 0)
  const readings = [
    texts.map((text) => text.trim()).join(''),
    dedented.join(''),
    dedented.map((text, i) => (i < dedented.length - 1 ? padded(text, width) : text.trimEnd())).join(''),
    ...WIDTHS.map((columns) => withoutBreaks(texts.join('').trim(), columns)),
  ]
  return readings.map((reading) => withoutPadding(reading.replaceAll(' ', '+'))).find((core) => core.length === needed)
}

function padded(text: string, width: number): string {
  return width - text.length > MAX_TRIMMED ? text : text.padEnd(width)
}

/** One long line without the space that stands after every so many columns. */
function withoutBreaks(text: string, columns: number): string {
  let joined = ''
  for (let at = 0; at < text.length; at += columns + 1) {
    if (at > 0 && text[at - 1] !== ' ') return ''
    joined += text.slice(at, at + columns)
  }
  return joined
}

/** Octets of the whole DER value whose base64 begins so; undefined where that is no SEQUENCE of definite length. */
function announcedOctets(base64: string): number | undefined {
  const [tag, first = 0, ...more] = decode(base64.slice(0, HEADER_CHARACTERS))
  if (tag !== 0x30 || first === 0x80 || first > 0x83) return undefined
  if (first < 0x80) return 2 + first
  const octets = first & 0x7f
  return more.length < octets ? undefined : 2 + octets + more.slice(0, octets).reduce((length, octet) => length * 256 + octet, 0)
}

/** Characters of base64, without padding, that so many octets take. */
function charactersFor(octets: number | undefined): number {
  return octets === undefined ? Number.POSITIVE_INFINITY : Math.ceil((octets * 4) / 3)
}

function raggedLine(kept: readonly TextLine[]): number | undefined {
  const width = characters(kept[0]?.text ?? '')
  return kept.slice(1, -1).find((line) => characters(line.text) !== width)?.number
}

function lineWithInnerPadding(kept: readonly TextLine[]): number {
  const at = kept.findIndex((line) => line.text.includes('='))
  const goesOn = /=[^=]*[^= ]/.test(kept[at]?.text ?? '')
  return kept[goesOn ? at : at + 1]?.number ?? 0
}

const withoutPrompt = (text: string): string => text.replace(PROMPT, '')
const isNoise = (line: string): boolean => line.trim() === '' || NOISE.test(line)
const leadingBase64 = (line: string): string => LEADING_BASE64.exec(line)?.[0] ?? ''
const withoutSpaces = (text: string): string => text.replaceAll(' ', '')
const packed = (kept: readonly TextLine[]): string => kept.map((line) => withoutSpaces(line.text)).join('')
const decode = (base64: string): Buffer => Buffer.from(base64, 'base64')

/** Characters that carry bits. */
function characters(text: string): number {
  let count = 0
  for (const character of text) if (character !== ' ' && character !== '=') count++
  return count
}

function withoutPadding(base64: string): string {
  let end = base64.length
  while (base64[end - 1] === '=') end--
  return base64.slice(0, end)
}
