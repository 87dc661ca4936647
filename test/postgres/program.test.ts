import t from 'tap'
import { CaError } from '../../src/errors.js'
import { fileFailure, programFailure, runProgram } from '../../src/postgres/program.js'

const OWN = { uid: process.getuid?.() ?? -1, gid: -1, name: 'me', switched: false }

t.test('a program gets no environment of ours', async (t) => {
  process.env.PGOPTIONS = '-c fsync=off'
  t.teardown(() => {
    delete process.env.PGOPTIONS
  })
  const script = 'echo "$LC_ALL|$TZ|$PATH|$HOME$LANG$PGOPTIONS"'
  t.same(await runProgram('/bin/sh', ['-c', script], OWN), { code: 0, output: 'C|UTC|/usr/bin:/bin|\n' })
})

t.test('a program reads its input, and tells how it ended', async (t) => {
  t.same(await runProgram('/bin/cat', [], OWN, 'text'), { code: 0, output: 'text' })
  t.match(await runProgram('/bin/sh', ['-c', 'kill -9 $$'], OWN, 'text'), { code: 128, output: /ended by SIGKILL/ })
})

t.test('a program that cannot be started is named', async (t) => {
  await t.rejects(runProgram('/nonexistent/postgres', [], OWN), {
    code: 'database-unavailable',
    detail:
      '/nonexistent/postgres could not be started as me (spawn /nonexistent/postgres ENOENT): check that its file system allows programs to run and that me can read it, or set DATABASE_URL to a PostgreSQL server',
  })
})

t.test('a full disk is named as such, whether a program or we met it', async (t) => {
  const detail =
    'it failed: the disk that holds /data is full; free some space there and start again, nothing that was answered is lost'
  const output = 'FATAL:  could not write lock file "postmaster.pid": No space left on device'
  t.match(programFailure('it failed', '/data', output), { code: 'database-unavailable', detail })
  const partly = 'FATAL:  could not extend file "base/1/2691": wrote only 4096 of 8192 bytes at block 3'
  t.match(programFailure('it failed', '/data', partly), { code: 'database-unavailable', detail })
  t.match(fileFailure('it failed', '/data', Object.assign(new Error('x'), { code: 'EDQUOT' })), {
    code: 'database-unavailable',
    detail,
  })
})

t.test('other failures show the last lines', async (t) => {
  t.match(programFailure('it failed', '/data', '1\n2\n3\n4\n5\n'), { detail: 'it failed: 2 | 3 | 4 | 5' })
  t.match(programFailure('it failed', '/data', ''), { detail: 'it failed: it said nothing' })
  t.match(fileFailure('it failed', '/data', new Error('why')), { detail: 'it failed: why' })
  const refusal = new CaError('database-unavailable', 'sentence')
  t.equal(fileFailure('it failed', '/data', refusal), refusal)
})
