/** `backup FILE` and `restore FILE`: one consistent copy of the database, across servers and major versions. */
import { resolve } from 'node:path'
import type pg from 'pg'
import { CaError } from '../errors.js'
import { newWriter, openLedger } from '../service/audit-log.js'
import { type DataFolder, openDataFolder, openPassphrase } from '../service/data-folder.js'
import { openAuditKey } from '../service/heads-file.js'
import { openStore } from '../service/open-store.js'
import { readIfThere } from '../service/secret-file.js'
import { backup } from '../store/backup.js'
import { createLedger } from '../store/ledger.js'
import { type Restored, restore } from '../store/restore.js'
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
  const folder = await openDataFolder(context.config.data, context.uid)
  const store = await openStore(context, 'beside')
  try {
    const passphrase = await auditPassphrase(context, folder)
    const restored = await restore(store.pool, file)
    const signed = await recordRestore(context, folder, store.pool, passphrase, restored)
    context.say(`${file} is restored; put its keys into LAB_PKI_DATA/keys before you start the service`)
    if (!signed) {
      context.say(
        `${folder.audit.folder} has no audit.key, so that no signed head says what was restored: if you have a copy of LAB_PKI_DATA/audit, put it back and restore once more into an empty database`,
      )
    }
  } finally {
    await store.close()
  }
}

/** Of the audit key, which is tried before anything is restored; undefined: the key is not here. */
async function auditPassphrase(context: VerbContext, folder: DataFolder): Promise<string | undefined> {
  if ((await readIfThere(folder.audit.key)) === undefined) return undefined
  const passphrase = await openPassphrase(folder, context.config, context.random)
  await openAuditKey(folder, passphrase, context.random)
  return passphrase
}

/** The restore as an event, and what it left as a signed head where the key is here; whether that is so. */
async function recordRestore(
  context: VerbContext,
  folder: DataFolder,
  pool: pg.Pool,
  passphrase: string | undefined,
  { sha256, lastEventAt }: Restored,
): Promise<boolean> {
  const { clock, log, hostname: host, pid } = context
  const writer = { id: newWriter(context.random), startedAt: clock(), host, pid }
  const ledger =
    passphrase === undefined
      ? await createLedger({ pool, writer, clock, log })
      : await openLedger(context, folder, pool, passphrase, 'restore')
  try {
    const detail = { sha256, lastEventAt: lastEventAt?.toISOString() ?? null }
    await ledger.commit(
      { at: clock(), actor: 'restore verb', action: 'database.restored', object: 'backup', detail },
      { kind: 'none' },
    )
  } finally {
    await ledger.close()
  }
  if (!('isSigned' in ledger)) return false
  if (ledger.isSigned()) return true
  throw new CaError(
    'audit-unavailable',
    `the backup is restored, but ${folder.audit.heads} could not be written: mend that and restore once more into an empty database, or audit verify will take the gap for tampering`,
  )
}

function oneFile(words: readonly string[], usage: string): string {
  const [file] = words
  if (file === undefined || words.length > 1) throw new UsageError(`usage: ${usage}`)
  return resolve(file)
}
