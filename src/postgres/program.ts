import { spawn } from 'node:child_process'
import { CaError } from '../errors.js'
import { type Account, idsFor } from './account.js'

/** What a finished PostgreSQL program left behind. */
export interface Finished {
  readonly code: number
  readonly output: string
}

/**
 * The whole environment of every PostgreSQL program: nothing is inherited, so that neither `PG…` variables, nor a locale
 * that this machine lacks, nor its time zone can change what a cluster is.
 */
export const PROGRAM_ENVIRONMENT: Readonly<Record<string, string>> = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' }

/** Runs one program of PostgreSQL to its end, as `account`, with `input` on its standard input. */
export async function runProgram(program: string, args: readonly string[], account: Account, input = ''): Promise<Finished> {
  return await new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...idsFor(account),
      // A folder that every user can be in: initdb asks where it is.
      cwd: '/',
      env: PROGRAM_ENVIRONMENT,
      stdio: 'pipe',
    })
    let output = ''
    const collect = (chunk: string) => {
      output += chunk
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    // A program that ended before it read its input says why in its output; the broken pipe adds nothing.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('error', (cause) => reject(startFailure(program, account, cause)))
    child.on('close', (code, signal) => resolve({ code: code ?? 128, output: signal ? `${output}\nended by ${signal}` : output }))
  })
}

/** A program that could not be started at all. */
export function startFailure(program: string, account: Account, cause: unknown): CaError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CaError(
    'database-unavailable',
    `${program} could not be started as ${account.name} (${reason}): check that its file system allows programs to run and that ${account.name} can read it, or set DATABASE_URL to a PostgreSQL server`,
    { cause },
  )
}

/** What the C library says for ENOSPC and EDQUOT (the programs run with `LC_ALL=C`), and PostgreSQL when the last block fits in part. */
const FULL_DISK = /No space left on device|Disk quota exceeded|could not extend file .*wrote only \d+ of \d+ bytes/
/** What is shown of a program's output: its last lines say why it stopped. */
const SHOWN_LINES = 4

/** Turns the output of a program that failed into a refusal; a full disk is named as such. `what`: start of the sentence. */
export function programFailure(what: string, folder: string, output: string): CaError {
  if (FULL_DISK.test(output)) return fullDisk(what, folder, output)
  const shown = output.trim().split('\n').slice(-SHOWN_LINES).join(' | ')
  return new CaError('database-unavailable', `${what}: ${shown || 'it said nothing'}`, { cause: output })
}

/** The same for a failed call of the file system. */
export function fileFailure(what: string, folder: string, cause: unknown): CaError {
  if (cause instanceof CaError) return cause
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') return fullDisk(what, folder, cause)
  return new CaError('database-unavailable', `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
}

function fullDisk(what: string, folder: string, cause: unknown): CaError {
  return new CaError(
    'database-unavailable',
    `${what}: the disk that holds ${folder} is full; free some space there and start again, nothing that was answered is lost`,
    { cause },
  )
}
