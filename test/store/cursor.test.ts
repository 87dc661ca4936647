import t from 'tap'
import { decodeCursor, encodeCursor, pageOf } from '../../src/store/cursor.js'

t.test('a cursor reads back as the keys it was made of', async (t) => {
  const at = new Date('2026-03-01T12:00:00.123Z')
  t.same(decodeCursor(encodeCursor([at, 'w1', 7]), ['time', 'text', 'id']), [at, 'w1', 7])
  t.equal(decodeCursor(undefined, ['id']), undefined)
})

t.test('anything else is refused', async (t) => {
  const foreign = [
    '',
    'x',
    '%%%',
    encodeCursor([]),
    encodeCursor([1, 2]),
    encodeCursor(['1']),
    encodeCursor([-1]),
    encodeCursor([1.5]),
    'A'.repeat(301),
  ]
  for (const cursor of foreign)
    t.throws(() => decodeCursor(cursor, ['id']), { code: 'query-invalid' }, `"${cursor.slice(0, 20)}"`)
  t.throws(() => decodeCursor(encodeCursor(['never']), ['time']), { code: 'query-invalid' })
  t.throws(() => decodeCursor(encodeCursor(['a\0b']), ['text']), { code: 'query-invalid' })
  t.throws(() => decodeCursor('bm8', ['id']), {
    detail: '?cursor: it is no cursor of this list; take `nextCursor` of its last page',
    errors: [{ pointer: '?cursor', value: 'bm8' }],
  })
})

t.test('a page has a cursor only when there is more', async (t) => {
  const keys = (n: number) => [n]
  t.same(pageOf([3, 2, 1], { limit: 2 }, keys), { items: [3, 2], nextCursor: encodeCursor([2]) })
  t.same(pageOf([3, 2], { limit: 2 }, keys), { items: [3, 2] })
  t.same(pageOf([], { limit: 2 }, keys), { items: [] })
})
