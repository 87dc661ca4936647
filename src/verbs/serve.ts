/** `serve`, the default verb: opens everything, listens, and closes everything in the opposite order. */
import { join } from 'node:path'
import { pem } from '../ca/pem.js'
import { REPLAY_LIFETIME_MS } from '../ca/replay.js'
import { openLedger } from '../service/audit-log.js'
import { openDataFolder, openPassphrase } from '../service/data-folder.js'
import { listen } from '../service/listeners.js'
import { openService } from '../service/open-service.js'
import { openStore } from '../service/open-store.js'
import { writeDurably } from '../service/secret-file.js'
import { startBlock } from '../service/start-block.js'
import { removeReplays } from '../store/replays.js'
import { UsageError } from './arguments.js'
import type { VerbContext } from './context.js'

/** CRLs, audit heads and the HTTPS certificate are looked after so often. */
const CLOCKWORK_MS = 60_000
/** What everybody may read. */
const PUBLIC_MODE = 0o644

export async function serveVerb(context: VerbContext, words: readonly string[]): Promise<void> {
  if (words.length > 0) throw new UsageError(`serve takes no words (${words.join(' ')}); its settings are environment variables`)
  const stopped = new Promise<void>((resolve) => context.onStop(resolve))
  const open: (() => Promise<void>)[] = []
  try {
    const folder = await openDataFolder(context.config.data, context.uid)
    const store = await openStore(context, 'alone')
    open.unshift(store.close)
    // Only now is nobody else starting on this folder.
    const passphrase = await openPassphrase(folder, context.config, context.random)
    const ledger = await openLedger(context, folder, store.pool, passphrase)
    open.unshift(ledger.close)
    const service = await openService(context, { folder, store, ledger, passphrase })
    const root = service.issuers.at(-1)
    if (!root) throw new Error('there is no root')
    await writeDurably(folder.rootPem, pem('CERTIFICATE', root.certificateDer), PUBLIC_MODE)
    const listeners = await listen(context, folder, service)
    open.unshift(listeners.close)
    await ledger.commit(
      { at: context.clock(), actor: 'system', action: 'service.started', object: context.hostname, detail: { pid: context.pid } },
      { kind: 'none' },
    )
    // So that the trail can be verified from now on.
    await ledger.tend()
    const clockwork = setInterval(() => {
      const report = (what: string) => (error: unknown) =>
        context.log('error', `${what} failed; it is tried again in a minute`, { error })
      service.publisher.refresh().catch(report('publishing the CRL'))
      listeners.renewCertificate().catch(report('renewing the HTTPS certificate'))
      removeReplays(store.pool, new Date(context.clock().getTime() - REPLAY_LIFETIME_MS)).catch(report('removing old replays'))
      void ledger.tend()
    }, CLOCKWORK_MS)
    open.unshift(async () => clearInterval(clockwork))
    context.print(
      startBlock({
        caName: service.authority.publication.caName,
        created: service.created,
        rootDer: root.certificateDer,
        httpUrl: listeners.httpUrl,
        httpsUrl: listeners.httpsUrl,
        publicUrl: context.config.publicUrl,
        publicUrlIsLoopback: service.publicUrlIsLoopback,
        adminToken: service.adminToken,
        rootPem: folder.rootPem,
        example: join(context.programFolder, 'examples', 'asa-enroll.txt'),
      }),
    )
    await stopped
    context.log('info', 'stopping')
  } finally {
    // Each step is tried even when an earlier one fails: the database must be stopped properly.
    for (const close of open) await close().catch((error: unknown) => context.log('error', 'closing failed', { error }))
  }
}
