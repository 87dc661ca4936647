import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { openDataFolder } from '../../src/service/data-folder.js'
import { auditVerb } from '../../src/verbs/audit.js'
import { withWriter } from '../../src/verbs/writer.js'
import { sampleEvent } from '../support/store.js'
import { verbContext } from '../support/verb-context.js'

/** A trail of three events, each behind a signed head, in a real database; and the verb over it. */
async function world(t: Test) {
  const { context, database, time, printed } = await verbContext(t)
  await withWriter(context, async ({ ledger }) => {
    for (const object of ['first', 'second', 'third']) {
      await ledger.commit(sampleEvent(object), { kind: 'none' })
      time.advance(60_000)
      await ledger.signHeads()
    }
  })
  return {
    folder: await openDataFolder(context.config.data, context.uid),
    verify: async (...words: string[]) => {
      printed.length = 0
      await auditVerb(context, ['verify', ...words])
      return printed
    },
    printed,
    context,
    /** As somebody does who owns the tables: the triggers that refuse every change are off meanwhile. */
    async manipulate(sql: string) {
      const client = new pg.Client({ ...database })
      await client.connect()
      try {
        await client.query(`alter table audit_events disable trigger all; ${sql}; alter table audit_events enable trigger all`)
      } finally {
        await client.end()
      }
    },
  }
}

const WRITER = /^FOUND: writer [0-9a-f]{32}: /

t.test('an untouched trail is vouched for, until its last head', async (t) => {
  const { verify } = await world(t)
  t.same(await verify(), [
    '3 events, 0 of them behind the last signed head',
    'everything that was written until 2026-03-01T12:03:00.000Z is vouched for',
  ])
})

t.test('the triggers refuse a change; what somebody does without them is found', async (t) => {
  const { verify, printed, manipulate } = await world(t)
  const edit = "update audit_events set object = 'forged' where object = 'second'"
  await t.rejects(manipulate(`alter table audit_events enable trigger all; ${edit}`), {
    message: 'the audit trail is append-only',
  })
  await verify()
  await manipulate(edit)
  await t.rejects(verify(), { code: 'audit-unavailable', detail: '1 traces of tampering were found' })
  t.match(printed[0], WRITER)
  t.match(printed[0], /: event 2 was changed: its hash does not follow from its predecessor$/)
  t.same(printed.slice(1), [
    '3 events, 0 of them behind the last signed head',
    'everything that was written until 2026-03-01T12:01:00.000Z is vouched for',
  ])
})

t.test('a trail that was cut is found', async (t) => {
  const { verify, printed, manipulate } = await world(t)
  await manipulate("delete from audit_events where object = 'third'")
  await t.rejects(verify(), { code: 'audit-unavailable', detail: '1 traces of tampering were found' })
  t.match(printed[0], WRITER)
  t.match(printed[0], /: events 3 to 3 are missing; event 3 was signed at 2026-03-01T12:03:00\.000Z$/)
  await manipulate('delete from audit_events')
  await t.rejects(verify(), { code: 'audit-unavailable' })
  t.equal(printed.at(-1), 'everything that was written until 2026-03-01T12:00:00.000Z is vouched for', 'that was nothing')
})

t.test('a heads file kept elsewhere finds what the one beside the database no longer shows', async (t) => {
  const { verify, printed, folder } = await world(t)
  const whole = readFileSync(folder.audit.heads, 'utf8')
  const copy = join(folder.path, 'copy.jsonl')
  writeFileSync(copy, whole)
  const [begin = '', first = '', , third = ''] = whole.split('\n')
  writeFileSync(folder.audit.heads, `${begin}\n${first}\n${third}\n`)
  await t.rejects(verify(), { code: 'audit-unavailable', detail: '1 traces of tampering were found' })
  t.equal(
    printed[0],
    'FOUND: heads file, line 3: it does not follow the line before it: lines are missing, changed or out of order',
  )
  t.equal((await verify(copy)).length, 2)
})

t.test('a line that a crash cut off is no tampering', async (t) => {
  const { verify, folder, printed } = await world(t)
  appendFileSync(folder.audit.heads, '{"version":1,"time":"2026-03-01T12:04')
  t.match(await verify(), ['3 events, 0 of them behind the last signed head', /12:03:00\.000Z is vouched for$/])
  writeFileSync(folder.audit.heads, '{"version":1,"ti')
  await t.rejects(verify(), {
    code: 'audit-unavailable',
    detail: 'there are 3 events, and no signed head vouches for any of them',
  })
  t.same(printed, ['3 events, 3 of them behind the last signed head', 'nothing can be vouched for: no signed head holds'])
})

t.test(
  'an older copy of the heads file vouches for its time; the file itself must have the lines that the trail names',
  async (t) => {
    const { verify, printed, folder, context } = await world(t)
    const copy = join(folder.path, 'copy.jsonl')
    writeFileSync(copy, readFileSync(folder.audit.heads))
    await withWriter(context, async ({ ledger }) => {
      await ledger.commit(sampleEvent('fourth'), { kind: 'none' })
      await ledger.tend()
    })
    t.match(await verify(), ['5 events, 0 of them behind the last signed head', /vouched for$/])
    t.match(await verify(copy), [
      'NOTE: the heads file is older than the events that name its lines: it was a copy',
      '5 events, 2 of them behind the last signed head',
      /12:03:00\.000Z is vouched for$/,
    ])
    writeFileSync(folder.audit.heads, readFileSync(copy))
    await t.rejects(verify(), { code: 'audit-unavailable', detail: '1 traces of tampering were found' })
    t.equal(
      printed[0],
      'FOUND: heads file: its last line of 2026-03-01T12:03:00.000Z is missing: lines were removed from its end',
    )
  },
)

t.test('without key or heads it says what to put back', async (t) => {
  const { verify, folder } = await world(t)
  const refused = {
    code: 'audit-unavailable',
    detail: `${folder.audit.folder} lacks audit.pub or heads.jsonl: without them nothing can be vouched for; put back your copies`,
  }
  await t.rejects(verify(join(folder.path, 'missing.jsonl')), refused)
  rmSync(folder.audit.publicKey)
  await t.rejects(verify(), refused)
})

t.test('other words are answered with the usage', async (t) => {
  const { context } = await world(t)
  const usage = {
    name: 'UsageError',
    message: 'usage: audit verify [HEADS-FILE]: finds every edit, deletion, reordering, truncation and recomputed chain',
  }
  for (const words of [[], ['check'], ['verify', 'a', 'b']]) await t.rejects(auditVerb(context, words), usage)
})
