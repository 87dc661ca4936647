/**
 * Runs a program that we did not write over something that we made. Where the program is missing the check is reported
 * as skipped, naming the Debian package; under LAB_PKI_TEST_REQUIRE_ALL=1 a missing program fails.
 */
import { spawnSync } from 'node:child_process'
import type { Test } from 'tap'

export interface Program {
  readonly program: string
  /** Debian package that brings it. */
  readonly package: string
}

export interface Reading {
  readonly stdout: string
  readonly stderr: string
  readonly status: number | null
}

export const OPENSSL: Program = { program: 'openssl', package: 'openssl' }
export const CERTTOOL: Program = { program: 'certtool', package: 'gnutls-bin' }

/** Longest run of a second reader, in milliseconds: generous, because only a hang may reach it. */
const READER_TIMEOUT_MS = 60_000

/** What the program answered, or undefined where it is missing (already reported). */
export function runReader(
  t: Test,
  reader: Program,
  args: readonly string[],
  options: { readonly input?: string | Buffer; readonly cwd?: string } = {},
): Reading | undefined {
  const run = spawnSync(reader.program, [...args], {
    timeout: READER_TIMEOUT_MS,
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  if (run.error && 'code' in run.error && run.error.code === 'ENOENT') {
    reportMissing(t, reader)
    return undefined
  }
  if (run.error) throw run.error
  return { stdout: run.stdout.toString('utf8'), stderr: run.stderr.toString('utf8'), status: run.status }
}

/** Reports a check that a missing program or privilege prevents: skipped, or failed where nothing may be skipped. */
export function reportMissing(t: Test, reader: Program): void {
  const name = `second reader ${reader.program} is here (Debian package ${reader.package})`
  if (process.env.LAB_PKI_TEST_REQUIRE_ALL === '1') t.fail(name)
  else void t.test(name, { skip: `install the Debian package ${reader.package}` }, async () => {})
}
