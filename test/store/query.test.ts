import t from 'tap'
import { rowOf, rowsOf } from '../../src/store/query.js'
import { openTestStore } from '../support/store.js'

t.test('a row is a record without its null columns', async (t) => {
  const { pool } = await openTestStore(t)
  t.same(await rowsOf(pool, { name: 'a', text: 'select $1::text a, null::text b', values: ['x'] }), [{ a: 'x' }])
  t.same(await rowOf(pool, { text: 'select 1 n', values: [] }), { n: 1 })
  t.equal(await rowOf(pool, { text: 'select 1 n where false', values: [] }), undefined)
})

t.test("errors are the domain's", async (t) => {
  const { pool } = await openTestStore(t)
  await t.rejects(rowsOf(pool, { text: 'select nothing', values: [] }), {
    code: 'internal',
    detail: 'the database refused a statement',
  })
})
