import { cp, mkdir, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { findBinaries, reachableBinaries, removeOldCopies } from '../../src/postgres/binaries.js'
import { runProgram } from '../../src/postgres/program.js'
import { createPassableFolder } from '../support/database.js'

const OWN = { uid: process.getuid?.() ?? -1, gid: -1, name: 'me', switched: false }

t.test('the npm package of this platform is found, with its version', async (t) => {
  const binaries = await findBinaries(process.platform, process.arch)
  t.match(binaries.version, /^18\./)
  t.equal(binaries.major, 18)
  t.equal(await reachableBinaries(binaries, OWN, '/nonexistent'), binaries, 'our own user runs them in place')
})

t.test('a platform without a package is told what to do', async (t) => {
  for (const [platform, arch] of [
    ['linux', 'mips'],
    ['win32', 'x64'],
    ['constructor', 'x64'],
  ] as const) {
    await t.rejects(findBinaries(platform, arch), {
      code: 'database-unavailable',
      detail: `there are no PostgreSQL programs for ${platform}-${arch}: set DATABASE_URL=postgres://user:password@host/database to a PostgreSQL server of version 15 or later`,
    })
  }
})

t.test('an incomplete package is told', async (t) => {
  const folder = await createPassableFolder(t)
  await t.rejects(findBinaries('linux', 'x64', folder), {
    code: 'database-unavailable',
    detail: `the PostgreSQL programs in ${folder} are incomplete: run \`npm ci\` again, or set DATABASE_URL to a PostgreSQL server`,
  })
})

t.test('without the links of the install script a copy gets them, and runs', async (t) => {
  const folder = await createPassableFolder(t)
  const original = await findBinaries(process.platform, process.arch)
  const from = join(folder, 'package')
  await cp(dirname(original.folder), from, { recursive: true, verbatimSymlinks: true })
  await rm(join(from, 'native/lib/libpq.so.5'), { force: true })
  await rm(join(from, 'native/lib/libpq.5.dylib'), { force: true })
  const copies = join(folder, 'programs')
  // What a crash in the middle of copying left.
  await mkdir(join(copies, `postgresql-${original.version}.new`), { recursive: true })
  await writeFile(join(copies, `postgresql-${original.version}.new/half`), '')
  const found = await findBinaries(process.platform, process.arch, from)
  for (const name of ['a"b', 'a$b', 'a`b', 'a\\b']) {
    await t.rejects(reachableBinaries(found, OWN, `/data/${name}`), {
      code: 'database-unavailable',
      detail: `the PostgreSQL programs must be copied to /data/${name}/postgresql-${original.version}, and they call each other through a shell, which reads ", $, \` and \\ in a path in its own way: choose a data folder without them (LAB_PKI_DATA), or set DATABASE_URL`,
    })
  }
  const copy = await reachableBinaries(found, OWN, copies)
  t.equal(copy.folder, join(copies, `postgresql-${original.version}`))
  t.same(await readdir(copies), [`postgresql-${original.version}`])
  if (process.platform === 'linux') t.equal(await readlink(join(copy.folder, 'lib/libpq.so.5')), 'libpq.so.5.18')
  t.match(await runProgram(join(copy.folder, 'bin/postgres'), ['--version'], OWN), {
    code: 0,
    output: /^postgres \(PostgreSQL\) 18/,
  })
  await mkdir(join(copies, 'postgresql-17.0.0'))
  await removeOldCopies(copies, copy)
  t.same(await readdir(copies), [`postgresql-${original.version}`])
  t.equal((await stat(copies)).mode & 0o777, 0o711)
})
