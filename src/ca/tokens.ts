/** Bearer tokens: who calls, and who may hand out and take back credentials. */
import { createHash } from 'node:crypto'
import { CaError, refuse } from '../errors.js'
import type { Caller } from './authority.js'
import { checkNamePatterns } from './name-pattern.js'
import type { Clock, Ledger, NamePatterns, NewToken, RandomBytes, Register, Role, TokenRecord } from './ports.js'

/** Marks our tokens, so that people and secret scanners recognise one. */
export const TOKEN_PREFIX = 'lpk_'
/** 256 bits: nobody guesses it, and a single SHA-256 is enough to store it. */
const TOKEN_RANDOM_OCTETS = 32
/** `lpk_` and at least 256 bits as base64url. */
export const TOKEN_SHAPE = /^lpk_[A-Za-z0-9_-]{43,200}$/

export interface NewTokenInput {
  readonly name: string
  readonly role: Role
  readonly templates?: readonly string[]
  readonly patterns?: NamePatterns
  readonly wildcards?: boolean
  readonly expiresAt?: Date
}

export interface TokensDeps {
  readonly clock: Clock
  /** Milliseconds since any moment; unlike `clock` it never goes back, and nobody sets it. */
  readonly monotonic: () => number
  readonly random: RandomBytes
  readonly ledger: Ledger
  readonly register: Register
}

export interface Tokens {
  /** @throws CaError `unauthenticated` without a word on which part was wrong. */
  authenticate(text: string): Promise<Caller>
  /** The text is seen here once and never again; the database holds its hash. */
  create(actor: string, input: NewTokenInput, text?: string): Promise<{ token: TokenRecord; text: string }>
  /** @throws CaError `not-found`, `token-last-admin`. */
  revoke(actor: string, id: number): Promise<void>
}

/**
 * How long a looked-up token is believed without asking again, in milliseconds: it saves a query per call, and is the
 * longest that a token revoked on another server still works here.
 */
const BELIEVED_MS = 2_000
/** Tokens held at once; above it the memory starts afresh, so that it stays bounded. */
const MAX_BELIEVED = 10_000
/** `lastUsedAt` is written at most so often per token, in milliseconds. */
const TOUCH_EVERY_MS = 60_000

/** SHA-256 of the token's text: what the database holds. */
export function tokenHash(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}

export function newTokenText(random: RandomBytes): string {
  return TOKEN_PREFIX + random(TOKEN_RANDOM_OCTETS).toString('base64url')
}

export function createTokens(deps: TokensDeps): Tokens {
  const believed = new Map<string, { caller: Caller; expiresAt: Date | undefined; until: number }>()
  const touched = new Map<number, number>()

  async function authenticate(text: string): Promise<Caller> {
    if (!TOKEN_SHAPE.test(text)) throw unauthenticated()
    const now = deps.clock()
    const hash = tokenHash(text)
    const key = hash.toString('base64')
    let known = believed.get(key)
    if (!known || known.until <= deps.monotonic()) {
      // Before the look-up: the two seconds count from the moment at which the answer was certainly still true.
      const until = deps.monotonic() + BELIEVED_MS
      believed.delete(key)
      const record = await deps.register.findTokenByHash(hash)
      if (!record || record.revokedAt) throw unauthenticated()
      if (believed.size >= MAX_BELIEVED) believed.clear()
      known = { caller: callerOf(record), expiresAt: record.expiresAt, until }
      believed.set(key, known)
    }
    if (known.expiresAt && known.expiresAt.getTime() <= now.getTime()) throw unauthenticated()
    touch(known.caller.tokenId, now)
    return known.caller
  }

  function touch(id: number, now: Date): void {
    if (now.getTime() - (touched.get(id) ?? Number.NEGATIVE_INFINITY) < TOUCH_EVERY_MS) return
    if (touched.size >= MAX_BELIEVED) touched.clear()
    touched.set(id, now.getTime())
    // Not awaited: when a token was last used is told roughly, and nobody waits for it.
    deps.register.touchToken(id, now).catch(() => touched.delete(id))
  }

  async function create(actor: string, input: NewTokenInput, text = newTokenText(deps.random)) {
    const at = deps.clock()
    checkExpiry(input.expiresAt, at)
    checkNamePatterns(input.patterns ?? {})
    const token: NewToken = {
      name: input.name,
      role: input.role,
      ...(input.templates ? { templates: input.templates } : {}),
      patterns: input.patterns ?? {},
      wildcards: input.wildcards ?? false,
      createdAt: at,
      ...(input.expiresAt ? { expiresAt: input.expiresAt } : {}),
      hash: tokenHash(text),
    }
    const event = { at, actor, action: 'token.created', object: input.name, detail: { role: input.role } }
    const id = await deps.ledger.commit(event, { kind: 'tokenCreated', token })
    const { hash: _hash, ...record } = token
    return { token: { ...record, id }, text }
  }

  async function revoke(actor: string, id: number): Promise<void> {
    const token = await deps.register.findToken(id)
    if (!token) throw new CaError('not-found', `there is no token ${id}; GET /v1/tokens lists them`)
    const at = deps.clock()
    const event = { at, actor, action: 'token.revoked', object: token.name, detail: { tokenId: id, role: token.role } }
    await deps.ledger.commit(event, { kind: 'tokenRevoked', tokenId: id, at })
    believed.clear()
  }

  return { authenticate, create, revoke }
}

function callerOf(record: TokenRecord): Caller {
  return {
    tokenId: record.id,
    name: record.name,
    role: record.role,
    ...(record.templates ? { templates: record.templates } : {}),
    patterns: record.patterns,
    wildcards: record.wildcards,
  }
}

function checkExpiry(expiresAt: Date | undefined, now: Date): void {
  if (!expiresAt || expiresAt.getTime() > now.getTime()) return
  throw refuse('body-invalid', {
    pointer: '/expiresAt',
    value: expiresAt.toISOString(),
    rule: 'a token cannot end in the past',
    remedy: 'give a later moment (RFC 3339, UTC), or leave it out for a token without an end',
  })
}

function unauthenticated(): CaError {
  return new CaError(
    'unauthenticated',
    'send a valid token: `Authorization: Bearer lpk_…` (an admin makes one with POST /v1/tokens)',
  )
}
