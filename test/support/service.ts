/** The real service as a child process, as `npm start` runs it, on a data folder of its own and ports that the system chooses. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

export const PROGRAM = fileURLToPath(new URL('../..', import.meta.url))
const MAIN = join(PROGRAM, 'dist', 'main.js')
/** A first start makes a database cluster: a second alone, much more beside a busy suite. */
const START_TIMEOUT_MS = 120_000

export interface Service {
  readonly child: ChildProcess
  /** Everything on stdout and stderr so far. */
  readonly output: () => { stdout: string; stderr: string }
  readonly httpUrl: string
  /** Empty without an HTTPS listener. */
  readonly httpsUrl: string
  readonly exited: Promise<number | null>
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** A data folder that goes with the test. */
export function dataFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'lab-pki-service-'))
  // So that root's database user can pass and the database stays in here.
  chmodSync(folder, 0o711)
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function environment(data: string, more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(LAB_PKI_|DATABASE_URL|NODE_OPTIONS|TAP)/.test(name)),
  )
  return {
    ...inherited,
    LAB_PKI_DATA: data,
    LAB_PKI_HTTP: '127.0.0.1:0',
    LAB_PKI_PUBLIC_URL: 'http://pki.lab.example',
    LAB_PKI_CA_KEY_TYPE: 'p256',
    ...more,
  }
}

/** Starts the service and waits for its start block. @throws with what it said when it ends before. */
export async function startService(t: Test, data: string, more: Readonly<Record<string, string>> = {}): Promise<Service> {
  const child = spawn(process.execPath, [MAIN], { env: environment(data, more), stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no start block within ${START_TIMEOUT_MS} ms\n${stdout}\n${stderr}`)),
      START_TIMEOUT_MS,
    )
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      if (!stdout.includes('/v1/requests?')) return
      clearTimeout(timer)
      resolve()
    })
    void exited.then((code) => {
      clearTimeout(timer)
      reject(new Error(`the service ended with ${code}\n${stdout}\n${stderr}`))
    })
  })
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    return exited
  }
  t.teardown(async () => {
    await stop()
  })
  return {
    child,
    output: () => ({ stdout, stderr }),
    get httpUrl() {
      return /Server listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(stderr)?.[1] ?? ''
    },
    get httpsUrl() {
      return /Swagger UI\s+(https:\/\/\S+)\/docs/.exec(stdout)?.[1] ?? ''
    },
    exited,
    stop,
  }
}

export const adminToken = (data: string): string => readFileSync(join(data, 'admin-token'), 'utf8').trim()

/** Runs a verb and gives what it printed. @throws with stderr when it fails. */
export function runVerb(data: string, words: readonly string[], more: Readonly<Record<string, string>> = {}): string {
  return execFileSync(process.execPath, [MAIN, ...words], {
    env: environment(data, more),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
