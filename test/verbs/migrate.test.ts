import { readdirSync } from 'node:fs'
import pg from 'pg'
import t from 'tap'
import { migrateVerb } from '../../src/verbs/migrate.js'
import { MIGRATIONS } from '../support/database.js'
import { verbContext } from '../support/verb-context.js'

t.test('an empty database gets every migration in order, the newest schema none', async (t) => {
  const { context, database, said, printed } = await verbContext(t)
  await migrateVerb(context)
  t.same(said.splice(0), ['the schema is the newest already'])
  const client = new pg.Client({ ...database })
  await client.connect()
  await client.query('drop schema public cascade; create schema public')
  await client.end()
  await migrateVerb(context)
  const names = readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.replace(/\.sql$/, ''))
    .sort()
  t.ok(names.length > 0)
  t.same(said, [`applied ${names.join(', ')}`])
  t.same(printed, [])
})

t.test('a server that does not answer is told in its own words, without the password', async (t) => {
  const { context } = await verbContext(t)
  const databaseUrl = 'postgres://somebody:hunter2secret@127.0.0.1:1/pki'
  const failed = await migrateVerb({ ...context, config: { ...context.config, databaseUrl } }).catch((error: unknown) => error)
  t.match(failed, {
    code: 'database-unavailable',
    detail:
      'the server of DATABASE_URL does not answer: connect ECONNREFUSED 127.0.0.1:1; check its address, that it runs, user and password',
  })
  t.notMatch(String(failed), /hunter2secret/)
})
