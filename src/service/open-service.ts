/** Puts the domain together for `serve`: templates, issuers with their keys, tokens, publication. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkTrustpoint } from '../asa/trustpoint.js'
import type { Authority, Caller } from '../ca/authority.js'
import { openCa } from '../ca/bootstrap.js'
import { loadCompromisedKeys } from '../ca/compromised-keys.js'
import { createAuthority } from '../ca/create-authority.js'
import type { Issuer } from '../ca/issuer.js'
import type { IssuerSlug, Register } from '../ca/ports.js'
import { type CrlSchedule, createPublisher, OFFLINE_ROOT_SCHEDULE, type Publisher } from '../ca/publication.js'
import { loadTemplates, type Template } from '../ca/template.js'
import { createTokens } from '../ca/tokens.js'
import type { Warning } from '../ca/warning.js'
import { type Config, isLoopbackUrl } from '../config.js'
import { CaError } from '../errors.js'
import { withCreationLock } from '../store/advisory-locks.js'
import { createRegister } from '../store/register.js'
import type { VerbContext } from '../verbs/context.js'
import type { OpenLedger } from './audit-log.js'
import type { DataFolder } from './data-folder.js'
import { type AdminTokenPlace, openAdminToken, openServiceCaller } from './first-tokens.js'
import { createKeyCabinet } from './key-cabinet.js'
import type { OpenStore } from './open-store.js'

const SECOND_MS = 1000
const HOUR_MS = 3600 * SECOND_MS
const DAY_MS = 24 * HOUR_MS

export interface OpenService {
  readonly authority: Authority
  readonly publisher: Publisher
  readonly register: Register
  /** Issuing CA first, root last. */
  readonly issuers: readonly Issuer[]
  readonly created: boolean
  readonly adminToken: AdminTokenPlace
  /** The service as a caller of its own authority, for its HTTPS certificate. */
  readonly self: Caller
  readonly publicUrlIsLoopback: boolean
}

export async function openService(
  context: VerbContext,
  parts: { readonly folder: DataFolder; readonly store: OpenStore; readonly ledger: OpenLedger; readonly passphrase: string },
): Promise<OpenService> {
  const { config, clock, monotonic, random } = context
  const { ledger, folder, store } = parts
  const templates = await readTemplates(context)
  const defaultTemplate = [...templates.values()].find((template) => template.default)
  if (!defaultTemplate) throw new CaError('internal', 'no template is the default')
  const compromisedKeys = loadCompromisedKeys(await readFile(join(context.programFolder, 'data', 'compromised-keys.txt'), 'utf8'))
  const register = createRegister(store.pool)
  const cabinet = createKeyCabinet(folder.keys, parts.passphrase, random)
  const notAfterCap = capOf(config)
  const tokens = createTokens({ clock, monotonic, random, ledger, register })

  // What must exist once is made under one lock, so that two first starts on one database make one CA.
  const { issuers, created, adminToken, self } = await withCreationLock(store.pool, async () => {
    const ca = await openCa({
      clock,
      random,
      register,
      ledger,
      cabinet,
      plan: {
        tiers: config.caTiers,
        keyKind: config.caKeyType,
        rootSubject: config.caSubject,
        rootDays: config.caDays,
        issuingSubject: config.issuingCaSubject,
        issuingDays: config.issuingCaDays,
        notAfterCap,
        publicUrl: config.publicUrl,
      },
    })
    const place = await openAdminToken({ folder, given: config.adminToken, register, tokens, random })
    return {
      ...ca,
      adminToken: place,
      self: await openServiceCaller({ register, ledger, clock, template: defaultTemplate.name }),
    }
  })
  const [issuer] = issuers
  if (!issuer) throw new CaError('issuer-unavailable', 'there is no issuer')

  const publisher = createPublisher({ clock, register, ledger, issuers, schedule: crlSchedule(config, issuers) })
  await publisher.refresh()
  const publicUrlIsLoopback = isLoopbackUrl(config.publicUrl)
  const authority = createAuthority({
    clock,
    random,
    ledger,
    register,
    templates,
    defaultTemplate,
    compromisedKeys,
    issuer,
    issuers,
    checkTrustpoint,
    tokens,
    publisher,
    auditFault: () => ledger.fault(),
    settings: {
      backdateSeconds: config.backdateSeconds,
      notAfterCap,
      standingWarnings: publicUrlIsLoopback ? [loopbackWarning(config.publicUrl)] : [],
    },
  })
  return { authority, publisher, register, issuers, created, adminToken, self, publicUrlIsLoopback }
}

/** The setting names the last moment allowed; the domain wants the first one that is not. */
function capOf(config: Config): Date | undefined {
  return config.notAfterCap && new Date(config.notAfterCap.getTime() + SECOND_MS)
}

/** A root above an issuing CA publishes once a year; whoever issues, as often as is set. */
function crlSchedule(config: Config, issuers: readonly Issuer[]): (slug: IssuerSlug) => CrlSchedule {
  const backdateMs = config.backdateSeconds * SECOND_MS
  const often: CrlSchedule = { periodMs: config.crlDays * DAY_MS, overlapMs: config.crlOverlapHours * HOUR_MS, backdateMs }
  return (slug) => (slug === 'root' && issuers.length > 1 ? { ...OFFLINE_ROOT_SCHEDULE, backdateMs } : often)
}

function loopbackWarning(publicUrl: string): Warning {
  return {
    code: 'public-url-loopback',
    detail: `the CRL and CA addresses in certificates begin with ${publicUrl}, which only this machine can reach; set LAB_PKI_PUBLIC_URL before you issue certificates that others check`,
  }
}

async function readTemplates(context: VerbContext): Promise<ReadonlyMap<string, Template>> {
  const folders = [join(context.programFolder, 'templates'), ...(context.config.templates ? [context.config.templates] : [])]
  const files: { name: string; text: string }[] = []
  for (const folder of folders) {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
    for (const name of names) files.push({ name, text: await readFile(join(folder, name), 'utf8') })
  }
  return loadTemplates(files)
}
