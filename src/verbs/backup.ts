/** `backup FILE` and `restore FILE`: one consistent copy of the database, across servers and major versions. */
import { resolve } from 'node:path'
import { openStore } from '../service/open-store.js'
import { backup } from '../store/backup.js'
import { restore } from '../store/restore.js'
import { UsageError } from './arguments.js'
import type { VerbContext } from './context.js'

export const BACKUP_USAGE =
  'backup FILE: the whole database as of one moment; copy LAB_PKI_DATA/keys, audit and ca-passphrase beside it'
export const RESTORE_USAGE = 'restore FILE: into an empty database'

export async function backupVerb(context: VerbContext, words: readonly string[]): Promise<void> {
  const file = oneFile(words, BACKUP_USAGE)
  const store = await openStore(context, 'beside')
  try {
    await backup(store.pool, file)
    context.say(`${file} is written; the keys are not in it: copy LAB_PKI_DATA/keys, LAB_PKI_DATA/audit and the passphrase too`)
  } finally {
    await store.close()
  }
}

export async function restoreVerb(context: VerbContext, words: readonly string[]): Promise<void> {
  const file = oneFile(words, RESTORE_USAGE)
  const store = await openStore(context, 'beside')
  try {
    await restore(store.pool, file)
    context.say(`${file} is restored; put its keys into LAB_PKI_DATA/keys before you start the service`)
  } finally {
    await store.close()
  }
}

function oneFile(words: readonly string[], usage: string): string {
  const [file] = words
  if (file === undefined || words.length > 1) throw new UsageError(`usage: ${usage}`)
  return resolve(file)
}
