/** Opens database, ledger and audit for one short verb, and closes them whatever happens. */
import type { Register } from '../ca/ports.js'
import { createTokens, type Tokens } from '../ca/tokens.js'
import { type OpenLedger, openLedger } from '../service/audit-log.js'
import { openDataFolder, openPassphrase } from '../service/data-folder.js'
import { type OpenStore, openStore } from '../service/open-store.js'
import { createRegister } from '../store/register.js'
import type { VerbContext } from './context.js'

export interface Writer {
  readonly store: OpenStore
  readonly register: Register
  readonly ledger: OpenLedger
  readonly tokens: Tokens
  /** Decrypts the key files. */
  readonly passphrase: string
}

/** Runs the work with everything that a change of the database needs; the audit head is signed before it returns. */
export async function withWriter<T>(context: VerbContext, work: (writer: Writer) => Promise<T>): Promise<T> {
  const folder = await openDataFolder(context.config.data, context.uid)
  const store = await openStore(context, 'beside')
  try {
    const passphrase = await openPassphrase(folder, context.config, context.random)
    const register = createRegister(store.pool)
    const ledger = await openLedger(context, folder, store.pool, passphrase)
    try {
      const { clock, monotonic, random } = context
      const tokens = createTokens({ clock, monotonic, random, ledger, register })
      return await work({ store, register, ledger, tokens, passphrase })
    } finally {
      await ledger.close()
    }
  } finally {
    await store.close()
  }
}
