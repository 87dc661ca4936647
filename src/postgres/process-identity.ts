import { execFile } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'

const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id'
/** proc(5): fields of `/proc/<pid>/stat` behind the name in parentheses: state is the first, start time the twentieth. */
const STATE_INDEX = 0
const START_TIME_INDEX = 19
/** Ended, and not yet collected by its parent: it holds nothing any more. */
const DEAD_STATES = ['Z', 'X']

/**
 * A text that no other process ever has: pid, moment of its start, and boot. `undefined`: there is no such process.
 * Tells a process from a later one to which the system gave the same pid.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (!isAlive(pid)) return undefined
  const boot = await readFile(BOOT_ID_FILE, 'utf8').catch(() => undefined)
  if (boot === undefined) {
    const started = await ps(['-o', 'lstart=', '-p', String(pid)])
    return started.trim() === '' ? undefined : `${pid} ${started.trim()}`
  }
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name stands in parentheses and may hold any character, so the fields are counted from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const started = fields[START_TIME_INDEX]
  if (started === undefined || DEAD_STATES.includes(fields[STATE_INDEX] ?? '')) return undefined
  return `${pid} ${started} ${boot.trim()}`
}

/** Whether a process with this pid exists, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Pids of the living processes of user `uid` whose command line holds `mark`. The command line, unlike the current
 * folder, can be read in containers whose root may not trace other users' processes.
 */
export async function processesMarked(mark: string, uid: number): Promise<number[]> {
  const names = await readdir('/proc').catch((): string[] => [])
  if (!names.includes('self')) {
    const lines = (await ps(['-axo', 'pid=,uid=,command='])).split('\n')
    const found = lines.map((line) => /^\s*(\d+)\s+(\d+)\s(.*)$/.exec(line)).filter((match) => match !== null)
    return found.filter((match) => Number(match[2]) === uid && match[3]?.includes(mark)).map((match) => Number(match[1]))
  }
  const pids = await Promise.all(
    names.map(async (name) => {
      if (!/^\d+$/.test(name)) return undefined
      const command = await readFile(`/proc/${name}/cmdline`, 'latin1').catch(() => '')
      if (!command.includes(mark)) return undefined
      const owner = await stat(`/proc/${name}`).catch(() => undefined)
      return owner?.uid === uid && (await processIdentity(Number(name))) !== undefined ? Number(name) : undefined
    }),
  )
  return pids.filter((pid) => pid !== undefined)
}

async function ps(args: string[]): Promise<string> {
  // ps ends with 1 where it finds nothing.
  return await promisify(execFile)('ps', args, { env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } }).then(
    ({ stdout }) => stdout,
    () => '',
  )
}
