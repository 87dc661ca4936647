/** Bodies as they come: JSON strictly, and pastes as the bytes they are. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CaError } from '../errors.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The body's octets as they came; undefined where there was none. */
    rawBody: Buffer | undefined
  }
}

/** Content types whose body is the paste itself; curl sends the last one where nobody chose. The empty one is none at all. */
export const PASTE_MEDIA_TYPES = [
  'text/plain',
  'application/pkcs10',
  'application/x-pem-file',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
] as const

/** JSON alone, for the whole application. */
export function takeJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.decorateRequest('rawBody')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    request.rawBody = body
    return parseJson(body)
  })
}

/** Also pastes, for the scope of one route. */
export function takePastes(app: FastifyInstance): void {
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
    if (mediaType !== '' && !PASTE_MEDIA_TYPES.some((known) => known === mediaType)) {
      throw new CaError(
        'media-type',
        `Content-Type (${mediaType.slice(0, 100)}): this call takes ${PASTE_MEDIA_TYPES.join(', ')}, application/json, or none`,
      )
    }
    request.rawBody = body
    return body
  })
}

/**
 * A JSON text in UTF-8.
 * @throws CaError `body-invalid`; `body-line-breaks` where raw line breaks inside a string are all that is wrong. Never
 * shows a part of the text: it may hold what its sender would not show.
 */
export function parseJson(body: Buffer): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new CaError('body-invalid', 'the body is not UTF-8; JSON must be (RFC 8259, 8.1)')
  }
  const value = tryJson(text)
  if (value !== undefined) return value
  if (tryJson(escapeLineBreaks(text)) !== undefined) {
    throw new CaError(
      'body-line-breaks',
      'a JSON string holds raw line breaks: send the paste itself and choose text/plain as Content-Type, or write \\n for each line break',
    )
  }
  throw new CaError('body-invalid', 'the body is no JSON; to send a paste as it is, choose text/plain as Content-Type')
}

/** undefined is no JSON value, so it can say that there is none. */
function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a JSON string may not hold as it is, and how it is written there (RFC 8259, 7). */
const ESCAPES: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', '\t': '\\t' }

/** The text with line breaks and tabs inside strings escaped. Takes each character once, whatever the text: it is the caller's. */
export function escapeLineBreaks(text: Iterable<string>): string {
  let escaped = ''
  let inString = false
  let afterBackslash = false
  for (const character of text) {
    if (character === '"' && !afterBackslash) inString = !inString
    afterBackslash = inString && character === '\\' && !afterBackslash
    escaped += inString ? (ESCAPES[character] ?? character) : character
  }
  return escaped
}
