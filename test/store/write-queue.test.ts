import t from 'tap'
import type { Change } from '../../src/ca/ports.js'
import { CaError } from '../../src/errors.js'
import { createEntry, takeBatch } from '../../src/store/write-queue.js'
import { NOW, sampleEvent } from '../support/store.js'

const LONG_MS = 60_000
const late = () => new CaError('database-unavailable', 'late')
const NONE: Change = { kind: 'none' }
const ALONE: Change = { kind: 'tokenRevoked', tokenId: 1, at: NOW }

function queued(t: { teardown(fn: () => void): void }, changes: readonly Change[]) {
  return changes.map((change, n) => {
    const { entry, answer } = createEntry(sampleEvent(String(n)), change, LONG_MS, late)
    t.teardown(() => entry.resolve(0))
    return { entry, answer }
  })
}

t.test('changes that may share a statement are taken together, in their order, at most 64', async (t) => {
  const waiting = queued(t, Array<Change>(70).fill(NONE)).map(({ entry }) => entry)
  t.equal(takeBatch(waiting).at(-1)?.event.object, '63')
  t.same(
    takeBatch(waiting).map((entry) => entry.event.object),
    ['64', '65', '66', '67', '68', '69'],
  )
  t.same(takeBatch(waiting), [])
})

t.test('a change that may not share one is taken alone, in its turn', async (t) => {
  const waiting = queued(t, [NONE, NONE, ALONE, ALONE, NONE]).map(({ entry }) => entry)
  const batches: string[] = []
  for (let batch = takeBatch(waiting); batch.length > 0; batch = takeBatch(waiting)) {
    batches.push(batch.map((entry) => entry.event.object).join())
  }
  t.same(batches, ['0,1', '2', '3', '4'])
})

t.test('what was answered already is not taken any more', async (t) => {
  const entries = queued(t, [NONE, ALONE, NONE])
  entries[0]?.entry.resolve(7)
  entries[1]?.entry.reject(late())
  t.equal(await entries[0]?.answer, 7)
  await t.rejects(entries[1]?.answer ?? Promise.resolve(0), { code: 'database-unavailable' })
  t.same(
    takeBatch(entries.map(({ entry }) => entry)).map((entry) => entry.event.object),
    ['2'],
  )
})

t.test('an entry is answered once, at the latest when its time is up', async (t) => {
  const { entry, answer } = createEntry(sampleEvent('x'), NONE, 1, late)
  await t.rejects(answer, { code: 'database-unavailable', detail: 'late' })
  t.ok(entry.isAnswered())
  entry.resolve(1)
  await t.rejects(answer, { code: 'database-unavailable' })
})
