import { Ajv } from 'ajv'
import t from 'tap'
import { Type } from 'typebox'
import { line, listOf, named, ref, shape, words } from '../../src/routes/schemas.js'

const ajv = new Ajv({ strict: false })

t.test('an object of the wire has no other fields than its own', async (t) => {
  const check = ajv.compile(shape({ a: Type.String() }, 'An A.'))
  t.ok(check({ a: 'x' }))
  t.notOk(check({ a: 'x', b: 1 }))
  t.notOk(check({ a: 1 }), 'nothing is converted')
})

t.test('a line has no control characters and a length', async (t) => {
  const check = ajv.compile(line(3, 'A line.'))
  for (const good of ['a', 'äöü', 'a b']) t.ok(check(good), good)
  for (const bad of ['', 'abcd', 'a\n', 'a\u0000', '\u007f']) t.notOk(check(bad), JSON.stringify(bad))
})

t.test('words are an enumeration, references bare, pages of one item type', async (t) => {
  t.same(JSON.parse(JSON.stringify(words(['a', 'b'], 'D.'))), { type: 'string', enum: ['a', 'b'], description: 'D.' })
  const item = named('Item', shape({ a: Type.String() }, 'An item.'))
  t.same(JSON.parse(JSON.stringify(ref(item))), { $ref: 'Item#' })
  t.equal(listOf('ItemList', item).$id, 'ItemList')
})
