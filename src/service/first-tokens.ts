/** The tokens that exist from the first start on: the first admin's, and the service's own, which nobody can use. */
import type { Caller } from '../ca/authority.js'
import type { Clock, Ledger, RandomBytes, Register } from '../ca/ports.js'
import { newTokenText, TOKEN_SHAPE, type Tokens, tokenHash } from '../ca/tokens.js'
import type { DataFolder } from './data-folder.js'
import { createDurably, readIfThere, writeDurably } from './secret-file.js'

/** Where the person who starts the service finds an admin token. */
export type AdminTokenPlace = { readonly file: string } | { readonly variable: string } | { readonly kept: string }

/** Name in requests and audit events of what the service does for itself. */
const SERVICE_NAME = 'lab-pki'
/** No text of the form of a token has this hash, so that nobody can ever present it. */
const SERVICE_HASH = tokenHash('the service itself')

/** Makes the first admin token if the database has none of anybody's. Call it under the creation lock. */
export async function openAdminToken(deps: {
  readonly folder: DataFolder
  /** Text from the setting, or undefined. */
  readonly given: string | undefined
  readonly register: Register
  readonly tokens: Tokens
  readonly random: RandomBytes
}): Promise<AdminTokenPlace> {
  const { folder, given } = deps
  const { items } = await deps.register.listTokens({ limit: 2 })
  const self = await deps.register.findTokenByHash(SERVICE_HASH)
  const first = items.every((token) => token.id === self?.id)
  const kept = await readIfThere(folder.adminToken)
  if (!first) {
    // Only a text that the database knows is named: the setting or the file may be from another time.
    if (await isKnown(deps.register, given)) return { variable: 'LAB_PKI_ADMIN_TOKEN' }
    return (await isKnown(deps.register, kept))
      ? { file: folder.adminToken }
      : { kept: 'kept by you; `npm start -- token create --role admin` makes another one' }
  }
  if (given !== undefined) {
    await deps.tokens.create('system', { name: 'admin', role: 'admin' }, given)
    return { variable: 'LAB_PKI_ADMIN_TOKEN' }
  }
  // The file first: a crash before the row is committed leaves a text that the next start registers.
  const text = await openTokenFile(folder.adminToken, kept, deps.random)
  await deps.tokens.create('system', { name: 'admin', role: 'admin' }, text)
  return { file: folder.adminToken }
}

/** The token in the file, made where there is none; one that another start makes meanwhile is taken. */
async function openTokenFile(path: string, kept: string | undefined, random: RandomBytes): Promise<string> {
  if (kept !== undefined && TOKEN_SHAPE.test(kept)) return kept
  const fresh = newTokenText(random)
  if (kept !== undefined) await writeDurably(path, `${fresh}\n`)
  else if (!(await createDurably(path, `${fresh}\n`))) return openTokenFile(path, await readIfThere(path), random)
  return fresh
}

async function isKnown(register: Register, text: string | undefined): Promise<boolean> {
  const token = text === undefined ? undefined : await register.findTokenByHash(tokenHash(text))
  return token !== undefined && token.revokedAt === undefined
}

/** The service as a caller: may use one template, for any name; its token has ended before it began. */
export async function openServiceCaller(deps: {
  readonly register: Register
  readonly ledger: Ledger
  readonly clock: Clock
  readonly template: string
}): Promise<Caller> {
  const caller = { name: SERVICE_NAME, role: 'requester' as const, templates: [deps.template], patterns: {}, wildcards: false }
  const known = await deps.register.findTokenByHash(SERVICE_HASH)
  if (known) return { tokenId: known.id, ...caller }
  const at = deps.clock()
  const tokenId = await deps.ledger.commit(
    { at, actor: 'system', action: 'token.created', object: SERVICE_NAME, detail: { role: caller.role } },
    { kind: 'tokenCreated', token: { ...caller, createdAt: at, expiresAt: at, hash: SERVICE_HASH } },
  )
  return { tokenId, ...caller }
}
