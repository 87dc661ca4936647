import t from 'tap'
import { withCreationLock, withHeadsLock } from '../../src/store/advisory-locks.js'
import { connect } from '../../src/store/pool.js'
import { createPassableFolder } from '../support/database.js'
import { openTestStore } from '../support/store.js'

t.test('works under the same lock follow each other, whatever becomes of them', async (t) => {
  const { pool } = await openTestStore(t)
  const steps: string[] = []
  const work = (name: string, fails: boolean) => async () => {
    steps.push(`${name} begins`)
    await pool.query('select 1')
    steps.push(`${name} ends`)
    if (fails) throw new Error(name)
    return name
  }
  const results = await Promise.allSettled([
    withCreationLock(pool, work('one', true)),
    withCreationLock(pool, work('two', false)),
    withCreationLock(pool, work('three', false)),
  ])
  t.same(
    results.map((result) => (result.status === 'fulfilled' ? result.value : 'failed')),
    ['failed', 'two', 'three'],
  )
  for (let n = 0; n < steps.length; n += 2) t.equal(steps[n + 1], steps[n]?.replace('begins', 'ends'))
})

t.test('different locks, and different files, do not wait for each other', async (t) => {
  const { pool } = await openTestStore(t)
  const inner = await withCreationLock(pool, () =>
    withHeadsLock(pool, '/a/heads.jsonl', () => withHeadsLock(pool, '/b/heads.jsonl', async () => 'done')),
  )
  t.equal(inner, 'done')
})

t.test('without a database nothing is done', async (t) => {
  const { pool } = connect({ host: await createPassableFolder(t), port: 5432, user: 'x', database: 'x' }, () => {})
  t.teardown(() => pool.end())
  let done = false
  const work = async () => {
    done = true
  }
  await t.rejects(withCreationLock(pool, work), { code: 'database-unavailable' })
  t.notOk(done)
})
