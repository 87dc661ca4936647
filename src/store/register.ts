/** The reads of the domain, over the pool. */
import type pg from 'pg'
import type { Register } from '../ca/ports.js'
import { CaError } from '../errors.js'
import { listAudit } from './audit.js'
import { findBlockedKeys } from './blocked-keys.js'
import { findCertificate, findCertificates, listCertificates } from './certificates.js'
import { coalesced } from './coalesced.js'
import { latestCrl } from './crls.js'
import { listIssuers } from './issuers.js'
import { rowsOf } from './query.js'
import { findReplay } from './replays.js'
import { findRequest, listRequests } from './requests.js'
import { findToken, findTokenByHash, listTokens, touchToken } from './tokens.js'

/** A register over the pool; each method answers within two seconds or throws CaError `database-unavailable`. */
export function createRegister(pool: pg.Pool): Register {
  const findBlockedKey = coalesced<string>((hashes) => findBlockedKeys(pool, hashes))
  return {
    listIssuers: () => listIssuers(pool),
    findTokenByHash: (hash) => findTokenByHash(pool, hash),
    findToken: (id) => findToken(pool, id),
    listTokens: (page) => listTokens(pool, page),
    touchToken: (id, at) => touchToken(pool, id, at),
    findRequest: (id) => findRequest(pool, id),
    listRequests: (filter, page) => listRequests(pool, filter, page),
    findCertificate: (serial) => findCertificate(pool, serial),
    findCertificates: (serials) => findCertificates(pool, serials),
    listCertificates: (filter, page) => listCertificates(pool, filter, page),
    findReplay: (tokenId, key, notBefore) => findReplay(pool, tokenId, key, notBefore),
    findBlockedKey: (spkiSha256) => findBlockedKey(spkiSha256.toString('hex')),
    latestCrl: (issuerId) => latestCrl(pool, issuerId),
    listAudit: (page) => listAudit(pool, page),
    ping: (timeoutMs) => ping(pool, timeoutMs),
  }
}

async function ping(pool: pg.Pool, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const error = () => new CaError('database-unavailable', `the database did not answer within ${timeoutMs} ms`)
    timer = setTimeout(() => reject(error()), timeoutMs)
  })
  try {
    await Promise.race([rowsOf(pool, { name: 'ping', text: 'select 1', values: [] }), late])
  } finally {
    clearTimeout(timer)
  }
}
