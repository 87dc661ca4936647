/** Cuts lines of text at the encapsulation lines of PEM (RFC 7468, 2), wherever in a line they stand. */

export interface TextLine {
  /** 1 for the first line of the paste. */
  readonly number: number
  readonly text: string
}

/** A stretch of text: within a block, or between blocks. */
export interface Segment {
  /** What stands behind BEGIN; undefined for text outside of blocks. */
  readonly label: string | undefined
  /** Line of BEGIN, or the first line of the text. */
  readonly startLine: number
  readonly lines: readonly TextLine[]
  /** Line of the END that closes it. A text outside of blocks may have one too: then the block's beginning is missing. */
  readonly endLine: number | undefined
}

interface Marker {
  readonly begins: boolean
  readonly label: string
  readonly start: number
  readonly end: number
}

/** Longest label taken, in characters; the longest known one has 23. */
const MAX_LABEL = 64
/** `-----BEGIN X-----`, `---- BEGIN SSH2 PUBLIC KEY ----`, and `---End - This line not part of the certificate request---`. */
const KEYWORD = /BEGIN[ +_]|END[ +_]|End /g

/**
 * The text between the marks, in order. A block ends at any END mark, whatever its label, or where the next one begins:
 * labels are for people, the content decides. One pass over the text.
 */
export function splitArmour(lines: readonly string[]): Segment[] {
  const segments: Segment[] = []
  let label: string | undefined
  let startLine = 1
  let inside: TextLine[] = []
  const close = (endLine: number | undefined) => {
    if (label !== undefined || endLine !== undefined || inside.some((line) => line.text.trim() !== '')) {
      segments.push({ label, startLine, lines: inside, endLine })
    }
    inside = []
  }
  for (const [index, text] of lines.entries()) {
    const number = index + 1
    let at = 0
    for (const marker of markersOf(text)) {
      inside.push({ number, text: text.slice(at, marker.start) })
      close(marker.begins ? undefined : number)
      label = marker.begins ? marker.label : undefined
      startLine = number
      at = marker.end
    }
    inside.push({ number, text: text.slice(at) })
  }
  close(undefined)
  return segments
}

function markersOf(text: string): Marker[] {
  const markers: Marker[] = []
  if (!text.includes('-')) return markers
  let free = 0
  for (const match of text.matchAll(KEYWORD)) {
    const marker = markerAt(text, match.index, match[0], free)
    if (marker === undefined) continue
    markers.push(marker)
    free = marker.end
  }
  return markers
}

/** The mark whose keyword stands at `at`, unless no hyphens surround it. `free`: end of the mark before it. */
function markerAt(text: string, at: number, keyword: string, free: number): Marker | undefined {
  if (at < free) return undefined
  const before = text[at - 1] === ' ' ? at - 1 : at
  if (text[before - 1] !== '-') return undefined
  let start = before
  while (start > free && text[start - 1] === '-') start--
  const labelAt = at + keyword.length
  if (keyword === 'End ') return { begins: false, label: '', start, end: text.length }
  const length = text.slice(labelAt, labelAt + MAX_LABEL + 1).indexOf('-')
  if (length <= 0) return undefined
  let end = labelAt + length
  while (text[end] === '-') end++
  const label = text
    .slice(labelAt, labelAt + length)
    .replace(/[ +_]+/g, ' ')
    .trim()
  return { begins: keyword.startsWith('BEGIN'), label, start, end }
}
