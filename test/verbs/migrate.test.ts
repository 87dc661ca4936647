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
