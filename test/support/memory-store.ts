/** Ledger and register in memory, for tests of the domain by itself; the real ones are tested against PostgreSQL. */
import type { KeyObject } from 'node:crypto'
import { chainEvents, emptyHead } from '../../src/ca/audit-chain.js'
import type { KeyCabinet, StoredKey } from '../../src/ca/bootstrap.js'
import type {
  AuditEvent,
  AuditRecord,
  CertificateRecord,
  Change,
  CrlRecord,
  IssuerRecord,
  Ledger,
  NewReplay,
  NewToken,
  Register,
  RequestRecord,
  TokenRecord,
} from '../../src/ca/ports.js'
import { CaError } from '../../src/errors.js'

export interface MemoryStore {
  readonly ledger: Ledger
  readonly register: Register
  readonly audit: AuditRecord[]
  readonly certificates: CertificateRecord[]
  /** While set, every write fails with it and nothing is kept. */
  failWith: CaError | undefined
}

export function createMemoryStore(): MemoryStore {
  const issuers: IssuerRecord[] = []
  const tokens: (TokenRecord & { hash: Buffer })[] = []
  const requests: RequestRecord[] = []
  const certificates: CertificateRecord[] = []
  const replays: NewReplay[] = []
  const crls: CrlRecord[] = []
  const blocked = new Map<string, string>()
  const audit: AuditRecord[] = []
  let requestId = 0
  let head = emptyHead('memory')

  function apply(change: Change): number {
    switch (change.kind) {
      case 'none':
        return 0
      case 'issuance': {
        const { request, certificate, replay } = change
        if (certificates.some((known) => known.serial === certificate.serial)) throw new CaError('serial-conflict', 'serial')
        if (replay && replays.some((known) => known.tokenId === replay.tokenId && known.key === replay.key)) {
          throw new CaError('idempotency-key-reused', 'key')
        }
        requests.push(request)
        certificates.push({ ...certificate, id: certificates.length + 1, state: 'valid' })
        if (replay) replays.push(replay)
        return certificates.length
      }
      case 'tokenCreated':
        tokens.push({ ...change.token, id: tokens.length + 1 } satisfies NewToken & { id: number })
        return tokens.length
      case 'tokenRevoked': {
        const at = tokens.findIndex((token) => token.id === change.tokenId)
        const token = tokens[at]
        if (token) tokens[at] = { ...token, revokedAt: change.at }
        return 0
      }
      case 'issuersCreated':
        for (const issuer of change.issuers) issuers.push({ ...issuer, id: issuers.length + 1 })
        return 0
      case 'crlPublished':
        crls.push(change.crl)
        return 0
      case 'keyBlocked':
        blocked.set(change.spkiSha256.toString('hex'), change.reason)
        return 0
    }
  }

  const store: MemoryStore = {
    audit,
    certificates,
    failWith: undefined,
    ledger: {
      async commit(event: AuditEvent, change: Change) {
        if (store.failWith) throw store.failWith
        const id = apply(change)
        const [record] = chainEvents(head, [event])
        if (record) {
          audit.push(record)
          head = record
        }
        return id
      },
      nextRequestId: async () => ++requestId,
    },
    register: {
      listIssuers: async () => [...issuers],
      findTokenByHash: async (hash) => tokens.find((token) => token.hash.equals(hash)),
      findToken: async (id) => tokens.find((token) => token.id === id),
      listTokens: async () => ({ items: tokens }),
      touchToken: async () => {},
      findRequest: async (id) => requests.find((request) => request.id === id),
      listRequests: async (filter) => ({
        items: requests.filter((request) => filter.tokenId === undefined || request.tokenId === filter.tokenId),
      }),
      findCertificate: async (serial) => certificates.find((certificate) => certificate.serial === serial),
      findCertificates: async (serials) => certificates.filter((certificate) => serials.includes(certificate.serial)),
      listCertificates: async (filter) => ({
        items: certificates.filter((certificate) => filter.tokenId === undefined || certificate.tokenId === filter.tokenId),
      }),
      findReplay: async (tokenId, key, notBefore) =>
        replays.find((replay) => replay.tokenId === tokenId && replay.key === key && replay.createdAt >= notBefore),
      findBlockedKey: async (hash) => blocked.get(hash.toString('hex')),
      latestCrl: async (issuerId) => crls.filter((crl) => crl.issuerId === issuerId).at(-1),
      listAudit: async () => ({ items: audit }),
      ping: async () => {},
    },
  }
  return store
}

/** The key folder in memory. */
export function memoryCabinet(): KeyCabinet & { keys: StoredKey[] } {
  const keys: StoredKey[] = []
  return {
    keys,
    list: async () => [...keys],
    async add(slug, key: KeyObject) {
      const stored = { slug, key, settled: false, file: `${slug}.key` }
      keys.push(stored)
      return stored
    },
    async settle(stored) {
      keys[keys.indexOf(stored)] = { ...stored, settled: true }
    },
  }
}
