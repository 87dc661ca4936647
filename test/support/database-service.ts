/**
 * A process of its own that runs the embedded PostgreSQL as the service does, for tests that kill it or run it as another
 * user. Its program is compiled once per test file into a folder that every user can read, without the tests' loaders.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import ts from 'typescript'
import { findBinaries } from '../../src/postgres/binaries.js'
import type { EmbeddedDatabaseConfig } from '../../src/postgres/embedded.js'

export interface ServiceReady {
  readonly config: EmbeddedDatabaseConfig
  /** Pid of the database server. */
  readonly pid: number
}

export interface DatabaseService {
  readonly child: ChildProcess
  readonly log: readonly string[]
  /** Settles when the database is ready. Rejects with the refusal's sentence. */
  readonly ready: Promise<ServiceReady>
  readonly ended: Promise<void>
}

export interface ServiceOptions {
  readonly dataDir: string
  readonly binariesFrom?: string
  readonly sharedFolder?: string
}

const SOURCES = fileURLToPath(new URL('../../src', import.meta.url))

/** `binariesFrom`: by itself it would look for the programs beside its own file. */
const mainProgram = (binariesFrom: string) => `
import { randomBytes } from 'node:crypto'
import { startEmbeddedPostgres } from './postgres/embedded.js'
const binariesFrom = ${JSON.stringify(binariesFrom)}
const say = (kind, value) => process.stdout.write(JSON.stringify({ kind, value }) + '\\n')
const log = (level, message) => say('log', level + ' ' + message)
try {
  const server = await startEmbeddedPostgres({ binariesFrom, ...JSON.parse(process.argv[2]), uid: process.getuid(), randomBytes, log })
  process.on('SIGTERM', () => server.stop())
  say('ready', { config: server.config, pid: server.pid })
} catch (error) {
  say('failed', error.detail ?? String(error))
}
`

/** Compiles the embedded database's part of the service into `folder`; gives back the program's file. */
export async function compileService(folder: string): Promise<string> {
  const { folder: folderOfPrograms } = await findBinaries(process.platform, process.arch)
  const postgres = (await readdir(join(SOURCES, 'postgres'))).map((name) => join('postgres', name))
  const files: [string, string][] = [
    ['package.json', '{"type":"module"}'],
    ['main.js', mainProgram(dirname(folderOfPrograms))],
  ]
  for (const name of ['errors.ts', ...postgres]) {
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true }
    const { outputText } = ts.transpileModule(await readFile(join(SOURCES, name), 'utf8'), { compilerOptions })
    files.push([name.replace(/ts$/, 'js'), outputText])
  }
  for (const [name, text] of files) {
    const file = join(folder, name)
    await mkdir(dirname(file), { recursive: true })
    await chmod(dirname(file), 0o755)
    await writeFile(file, text)
    await chmod(file, 0o644)
  }
  return join(folder, 'main.js')
}

/** Runs the compiled program. `as`: user to run it as; needs root. It is killed at the test's end. */
export function runService(
  t: Test,
  program: string,
  options: ServiceOptions,
  { as, env = {} }: { as?: { uid: number; gid: number }; env?: Record<string, string> } = {},
): DatabaseService {
  // Tap's own `NODE_OPTIONS` would make the process write into the checkout, which another user may not.
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, program, JSON.stringify(options)], {
    ...as,
    cwd: '/',
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const log: string[] = []
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => resolve())
  })
  const ready = new Promise<ServiceReady>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { kind, value } = JSON.parse(line)
      if (kind === 'log' && !value.startsWith('debug')) log.push(value)
      if (kind === 'ready') resolve(value)
      if (kind === 'failed') reject(new Error(value))
    })
    void ended.then(() => reject(new Error('the service ended before its database was ready')))
  })
  // A test that kills the service at once never asks.
  ready.catch(() => {})
  return { child, log, ready, ended }
}
