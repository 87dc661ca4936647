/** `token create|list|revoke`: works beside a running service and with it stopped. */
import { ROLES, type Role } from '../ca/ports.js'
import { parseWords, UsageError } from './arguments.js'
import type { VerbContext } from './context.js'
import { withWriter } from './writer.js'

const DAY_MS = 24 * 3600 * 1000
/** One page is enough for a list that a person reads. */
const LIST_LIMIT = 200
const ACTOR = 'token verb'

export const TOKEN_USAGE =
  'token create --role admin|officer|requester|mdm|auditor [--name TEXT] [--days N] [--template NAME]… [--dns PATTERN]… [--ip PATTERN]… [--email PATTERN]… [--upn PATTERN]… [--wildcards] | token list | token revoke ID'

export async function tokenVerb(context: VerbContext, words: readonly string[]): Promise<void> {
  const [action, ...rest] = words
  if (action === 'create') return createToken(context, rest)
  if (action === 'list') return listTokens(context)
  if (action === 'revoke') return revokeToken(context, rest)
  throw new UsageError(`token takes create, list or revoke\nusage: ${TOKEN_USAGE}`)
}

async function createToken(context: VerbContext, words: readonly string[]): Promise<void> {
  const given = parseWords(
    words,
    { one: ['role', 'name', 'days'], many: ['template', 'dns', 'ip', 'email', 'upn'], flags: ['wildcards'] },
    TOKEN_USAGE,
  )
  const role = roleOf(given.one('role'))
  const templates = given.many('template')
  const days = daysOf(given.one('days'))
  const patterns = Object.fromEntries(
    (['dns', 'ip', 'email', 'upn'] as const).flatMap((type) => {
      const list = given.many(type)
      return list ? [[type, list]] : []
    }),
  )
  await withWriter(context, async ({ tokens }) => {
    const { token, text } = await tokens.create(ACTOR, {
      name: given.one('name') ?? role,
      role,
      ...(templates ? { templates } : {}),
      patterns,
      wildcards: given.flag('wildcards'),
      ...(days === undefined ? {} : { expiresAt: new Date(context.clock().getTime() + days * DAY_MS) }),
    })
    context.say(`token ${token.id} (${token.name}, ${token.role}), shown this once:`)
    context.print(text)
  })
}

async function listTokens(context: VerbContext): Promise<void> {
  await withWriter(context, async ({ register }) => {
    const { items } = await register.listTokens({ limit: LIST_LIMIT })
    for (const token of items) {
      const state = token.revokedAt ? 'revoked' : token.expiresAt && token.expiresAt <= context.clock() ? 'expired' : 'valid'
      context.print([token.id, token.name, token.role, state, token.lastUsedAt?.toISOString() ?? 'never used'].join('\t'))
    }
  })
}

async function revokeToken(context: VerbContext, words: readonly string[]): Promise<void> {
  const id = Number(words[0])
  if (words.length !== 1 || !Number.isSafeInteger(id)) throw new UsageError(`token revoke takes one id\nusage: ${TOKEN_USAGE}`)
  await withWriter(context, async ({ tokens }) => {
    await tokens.revoke(ACTOR, id)
    context.say(`token ${id} is revoked`)
  })
}

function roleOf(text: string | undefined): Role {
  const role = ROLES.find((known) => known === text)
  if (!role) throw new UsageError(`--role (${text ?? 'absent'}) must be one of ${ROLES.join(', ')}\nusage: ${TOKEN_USAGE}`)
  return role
}

function daysOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const days = Number(text)
  if (!Number.isInteger(days) || days < 1) throw new UsageError(`--days (${text}) must be a whole number of at least 1`)
  return days
}
