import t from 'tap'
import { coalesced } from '../../src/store/coalesced.js'

t.test('look-ups of one turn go together, and those that come meanwhile go together next', async (t) => {
  const asked: (readonly string[])[] = []
  let release = () => {}
  const look = coalesced<string>(async (keys) => {
    asked.push(keys)
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return new Map(keys.filter((key) => key !== 'none').map((key) => [key, key.toUpperCase()]))
  })
  const first = [look('a'), look('b'), look('a')]
  await Promise.resolve()
  await Promise.resolve()
  const second = [look('a'), look('none')]
  t.same(asked, [['a', 'b']], 'a call is not answered by a statement that was under way when it came')
  release()
  t.same(await Promise.all(first), ['A', 'B', 'A'])
  t.same(asked[1], ['a', 'none'])
  release()
  t.same(await Promise.all(second), ['A', undefined])
  const third = look('c')
  await Promise.resolve()
  await Promise.resolve()
  release()
  t.equal(await third, 'C', 'and it goes on after it was idle')
})

t.test('a failure reaches everybody who waits, so that nobody waits for two time-outs, and nobody who calls later', async (t) => {
  let fails = true
  const look = coalesced<string>(async (keys) => {
    if (fails) throw new Error('away')
    return new Map(keys.map((key) => [key, key]))
  })
  const outcomes = await Promise.allSettled([look('a'), look('b')])
  t.same(
    outcomes.map((outcome) => outcome.status),
    ['rejected', 'rejected'],
  )
  fails = false
  t.equal(await look('a'), 'a')
})
