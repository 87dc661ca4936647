/** Answers kept for an `Idempotency-Key`: a retry gets the first answer, and never a second certificate. */
import { refuse } from '../errors.js'
import type { Caller } from './authority.js'
import type { Clock, Register, Replay } from './ports.js'

export interface ReplayDeps {
  readonly clock: Clock
  readonly register: Pick<Register, 'findReplay'>
}

/** How long an `Idempotency-Key` is remembered, in milliseconds: a day, as its users expect of such a header. */
export const REPLAY_LIFETIME_MS = 24 * 3600 * 1000

/**
 * The stored answer of an earlier call under this key.
 * @throws CaError `idempotency-key-reused` when that call had another body.
 */
export async function findReplay(
  deps: ReplayDeps,
  caller: Caller,
  key: string,
  requestSha256: Buffer,
): Promise<Replay | undefined> {
  const replay = await deps.register.findReplay(caller.tokenId, key, new Date(deps.clock().getTime() - REPLAY_LIFETIME_MS))
  if (replay && !replay.requestSha256.equals(requestSha256)) {
    throw refuse('idempotency-key-reused', {
      pointer: 'Idempotency-Key',
      value: key,
      rule: 'this key was used for another request',
      remedy: 'use a new key for a new request, or repeat the earlier one exactly',
    })
  }
  return replay
}
