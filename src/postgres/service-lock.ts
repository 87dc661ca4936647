import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CaError } from '../errors.js'
import { createDurably, writeDurably } from './durable.js'
import { processIdentity } from './process-identity.js'

/** Held while a service uses the database of one data folder. */
export interface ServiceLock {
  release(): Promise<void>
}

const PREFIX = 'service-lock.'
const RELEASED = 'released'
/** Each round lost means that another process made progress; more rounds than starters are never needed. */
const MAX_ROUNDS = 100

/**
 * Takes the lock of `folder`, which dies with its holder: a lock names its process by pid and start time, and one whose
 * process is gone counts as free.
 *
 * A free lock is never removed and retaken, which two starters at once could do to each other, but succeeded: whoever
 * creates the next number exclusively, and then finds it to be the highest, holds the lock. The highest number is never
 * removed, so numbers only grow. @throws CaError `database-unavailable`, naming the holder's pid.
 */
export async function takeServiceLock(folder: string, dataDir: string): Promise<ServiceLock> {
  const identity = await processIdentity(process.pid)
  if (identity === undefined) throw new Error('this process cannot find itself in the process table')
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const numbers = await lockNumbers(folder)
    const highest = numbers[0] ?? 0
    const holder = highest === 0 ? undefined : await livingHolder(lockFile(folder, highest))
    if (holder !== undefined) throw alreadyRunning(holder, dataDir)
    const number = highest + 1
    if (!(await createDurably(lockFile(folder, number), identity))) continue
    if ((await lockNumbers(folder))[0] !== number) {
      await rm(lockFile(folder, number), { force: true })
      continue
    }
    for (const older of numbers) await rm(lockFile(folder, older), { force: true })
    // A release that fails (full disk) harms nobody: the lock is free as soon as this process ends.
    return { release: async () => await writeDurably(lockFile(folder, number), RELEASED).catch(() => {}) }
  }
  throw new CaError(
    'database-unavailable',
    `the lock in ${folder} could not be taken: other processes keep starting on this data folder`,
  )
}

/** The pid of the service that holds the lock of `folder`; undefined: none does. */
export async function serviceLockHolder(folder: string): Promise<number | undefined> {
  const highest = (await lockNumbers(folder))[0]
  return highest === undefined ? undefined : await livingHolder(lockFile(folder, highest))
}

function alreadyRunning(pid: number, dataDir: string): CaError {
  return new CaError(
    'database-unavailable',
    `another lab-pki (process ${pid}) uses the data folder ${dataDir}: stop it first (\`kill ${pid}\`), or choose another folder with LAB_PKI_DATA`,
  )
}

function lockFile(folder: string, number: number): string {
  return join(folder, `${PREFIX}${number}`)
}

/** Highest first. */
async function lockNumbers(folder: string): Promise<number[]> {
  const names = (await readdir(folder)).filter((name) => /^service-lock\.\d+$/.test(name))
  return names.map((name) => Number(name.slice(PREFIX.length))).sort((a, b) => b - a)
}

async function livingHolder(file: string): Promise<number | undefined> {
  const identity = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return RELEASED
    throw error
  })
  const pid = Number.parseInt(identity, 10)
  return Number.isNaN(pid) || (await processIdentity(pid)) !== identity ? undefined : pid
}
