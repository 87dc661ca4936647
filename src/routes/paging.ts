/** Lists come in pages. */
import { Type } from 'typebox'
import type { PageQuery } from '../ca/ports.js'

/** Entries of a page where the call says nothing: a screen or two. */
const DEFAULT_LIMIT = 50

/** Query parameters come as strings and stay strings: nothing is coerced. */
export const pageParameters = {
  limit: Type.Optional(
    Type.String({
      pattern: '^([1-9][0-9]?|1[0-9][0-9]|200)$',
      description: `Entries on the page: 1 to 200, ${DEFAULT_LIMIT} by default.`,
      examples: ['50'],
    }),
  ),
  cursor: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_-]{1,500}$',
      description: '`nextCursor` of the page before; without it the first page.',
    }),
  ),
}

export function pageQuery({ limit, cursor }: { limit?: string | undefined; cursor?: string | undefined }): PageQuery {
  return { limit: limit === undefined ? DEFAULT_LIMIT : Number(limit), ...(cursor === undefined ? {} : { cursor }) }
}
