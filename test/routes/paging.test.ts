import t from 'tap'
import { pageQuery } from '../../src/routes/paging.js'

t.test('a page has 50 entries unless the call says otherwise', async (t) => {
  t.same(pageQuery({}), { limit: 50 })
  t.same(pageQuery({ limit: '200', cursor: 'abc' }), { limit: 200, cursor: 'abc' })
})
