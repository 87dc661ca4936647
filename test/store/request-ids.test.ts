import t from 'tap'
import { createRequestIds } from '../../src/store/request-ids.js'
import { openTestStore } from '../support/store.js'

const SOME = 100

t.test('no id is given twice, whoever asks and however many at once', async (t) => {
  const { pool } = await openTestStore(t)
  const sources = [createRequestIds(pool), createRequestIds(pool)]
  const ids = await Promise.all(Array.from({ length: SOME }, (_, n) => sources[n % 2]?.next()))
  t.equal(new Set(ids).size, SOME)
})

t.test('the ids of one source ascend', async (t) => {
  const { pool } = await openTestStore(t)
  const source = createRequestIds(pool)
  const ids: number[] = []
  for (let n = 0; n < SOME; n++) ids.push(await source.next())
  t.same(
    ids,
    [...ids].sort((a, b) => a - b),
  )
  t.equal(ids[0], 1)
})

t.test('without the database there are no ids, and then there are again', async (t) => {
  const { pool } = await openTestStore(t)
  const source = createRequestIds(pool)
  await pool.query('alter sequence requests_id_seq rename to hidden')
  await t.rejects(source.next(), { code: 'internal' })
  await pool.query('alter sequence hidden rename to requests_id_seq')
  t.equal(await source.next(), 1)
})
