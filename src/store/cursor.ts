/** Opaque cursors: where a list goes on, as base64url of a JSON list of the last row's sort keys. */
import type { Page, PageQuery } from '../ca/ports.js'
import { CaError } from '../errors.js'

/** Far longer than any cursor of ours. */
const MAX_CURSOR_CHARACTERS = 300

export type CursorPart = 'id' | 'time' | 'text'
export type CursorValue = number | Date | string

/** The cursor behind a row with these sort keys. */
export function encodeCursor(values: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

/**
 * The sort keys in a cursor; undefined without a cursor.
 * @throws CaError `query-invalid` when it is none of this list's.
 */
export function decodeCursor(cursor: string | undefined, parts: readonly CursorPart[]): readonly CursorValue[] | undefined {
  if (cursor === undefined) return undefined
  const values = cursor.length <= MAX_CURSOR_CHARACTERS ? parseList(Buffer.from(cursor, 'base64url').toString('utf8')) : undefined
  if (values === undefined || values.length !== parts.length) throw badCursor(cursor)
  return parts.map((part, index) => readPart(part, values[index]) ?? fail(cursor))
}

function fail(cursor: string): never {
  throw badCursor(cursor)
}

function badCursor(cursor: string): CaError {
  const fault = {
    pointer: '?cursor',
    value: cursor,
    rule: 'it is no cursor of this list',
    remedy: 'take `nextCursor` of its last page',
  }
  return new CaError('query-invalid', `${fault.pointer}: ${fault.rule}; ${fault.remedy}`, { errors: [fault] })
}

function parseList(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function readPart(part: CursorPart, value: unknown): CursorValue | undefined {
  if (part === 'id') return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
  if (typeof value !== 'string' || value.includes('\0')) return undefined
  if (part === 'text') return value
  const time = new Date(value)
  return Number.isNaN(time.getTime()) ? undefined : time
}

/**
 * A page from rows of which one more than `limit` was asked for, so that the last page knows it is the last.
 * `keys`: the sort keys of a row.
 */
export function pageOf<T>(rows: readonly T[], { limit }: PageQuery, keys: (row: T) => readonly CursorValue[]): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return rows.length > limit && last !== undefined ? { items, nextCursor: encodeCursor(keys(last)) } : { items }
}
