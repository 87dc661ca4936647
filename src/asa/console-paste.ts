/** A text that is pasted into a console as it is: comments, one command, the block it asks for, and the word that ends it. */

/** What ends the block; ASA takes only this, IOS an empty line too. */
const END_WORD = 'quit'

/** Columns of a comment; longer ones are cut, because consoles limit their lines and the rest would become a command. */
const MAX_COMMENT_COLUMNS = 120

/**
 * Comments stand before the command only: behind it the console reads whatever comes as base64, or as the answer to a
 * question, and no text of ours answers one. Ends with the end word and a line feed.
 */
export function consolePaste(paste: {
  readonly comments: readonly string[]
  readonly command: string
  readonly pem: string
}): string {
  return `${paste.comments.map(commentLine).join('')}${paste.command}\n${consoleBody(paste.pem)}`
}

/** What the command asks for: the block and the end word. */
export function consoleBody(pem: string): string {
  return `${pem}${END_WORD}\n`
}

/**
 * One line that a console skips. It may hold a subject that somebody else chose, so nothing in it may end the line, and
 * no `?` may ask for help in the middle of it: everything but printable ASCII becomes a full stop.
 */
function commentLine(text: string): string {
  const line = `! ${text.replace(/[^ -~]|\?/gu, '.')}`
  return `${line.length > MAX_COMMENT_COLUMNS ? `${line.slice(0, MAX_COMMENT_COLUMNS - 3)}...` : line.trimEnd()}\n`
}
