/**
 * What the domain needs remembered. The store implements these interfaces; the domain never sees SQL.
 * Serials are lower-case hex, instants are `Date`, encodings are `Buffer` of DER, hashes are raw octets.
 */
import type { Warning } from './warning.js'

export type Clock = () => Date
export type RandomBytes = (octets: number) => Buffer

/** `root` signs `ca`; in a single-tier CA `root` issues directly and there is no `ca`. */
export type IssuerSlug = 'root' | 'ca'

export interface IssuerRecord {
  readonly id: number
  readonly slug: IssuerSlug
  /** Only one active issuer per slug; a retired one still publishes its CRL. */
  readonly state: 'active' | 'retired'
  readonly certificateDer: Buffer
  readonly spkiSha256: Buffer
  readonly createdAt: Date
}
export type NewIssuer = Omit<IssuerRecord, 'id'>

export const ROLES = ['admin', 'officer', 'requester', 'mdm', 'auditor'] as const
export type Role = (typeof ROLES)[number]

/**
 * What a caller may put into a certificate. Without any list: any name. With one list at least, a missing list is an
 * empty one, and allows no name of its type. A DNS pattern is a name, `*.` and a name (any name below it, at any depth)
 * or `*` (any DNS name); an IP pattern is an address or a CIDR block (`0.0.0.0/0` and `::/0`: any address); e-mail and
 * UPN patterns are an address or `*@domain`. A text with an `@` in the subject must fit an e-mail and a UPN pattern.
 */
export interface NamePatterns {
  readonly dns?: readonly string[]
  readonly ip?: readonly string[]
  readonly email?: readonly string[]
  readonly upn?: readonly string[]
}

export interface TokenRecord {
  readonly id: number
  readonly name: string
  readonly role: Role
  /** Names of templates; undefined: all. */
  readonly templates?: readonly string[]
  readonly patterns: NamePatterns
  /** Wildcard dNSNames, where the template allows them too. */
  readonly wildcards: boolean
  readonly createdAt: Date
  readonly expiresAt?: Date
  readonly lastUsedAt?: Date
  readonly revokedAt?: Date
}
/** `hash`: SHA-256 of the token's text (which has ≥ 256 random bits, so that a slow hash adds nothing). */
export type NewToken = Omit<TokenRecord, 'id' | 'lastUsedAt' | 'revokedAt'> & { readonly hash: Buffer }

export interface IgnoredExtension {
  /** Dotted OID of what the CSR asked for and did not get. */
  readonly oid: string
  readonly name: string
  readonly reason: string
}

export type RequestStatus = 'issued' | 'pending' | 'denied' | 'failed'

export interface RequestRecord {
  /** Ascending, not gapless. */
  readonly id: number
  readonly status: RequestStatus
  readonly template: string
  readonly tokenId: number
  /** Name of the token at the time of the request. */
  readonly requester: string
  readonly submittedAt: Date
  readonly csrDer: Buffer
  readonly spkiSha256: Buffer
  readonly trustpoint?: string
  readonly comment?: string
  readonly ignored: readonly IgnoredExtension[]
  readonly warnings: readonly Warning[]
  readonly nextSteps: readonly string[]
  /** Serial of the certificate issued for it. */
  readonly serial?: string
}

/** What is stored; `expired` is a matter of the clock and never stored. */
export type CertificateState = 'valid' | 'held' | 'revoked'

export interface CertificateRecord {
  /** Order of issuance; the cursor of lists. */
  readonly id: number
  readonly serial: string
  readonly state: CertificateState
  readonly issuerId: number
  readonly requestId: number
  readonly tokenId: number
  readonly requester: string
  readonly template: string
  /** RFC 4514 string. */
  readonly subject: string
  /** `dns:vpn.lab.example`, `ip:203.0.113.1`, `email:…`, `upn:…`, lower case where the type has no case. */
  readonly subjectAltNames: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
  readonly issuedAt: Date
  readonly sha256: Buffer
  readonly spkiSha256: Buffer
  readonly certificateDer: Buffer
}

/** `subjectValues`: every attribute value of the subject in lower case, for look-ups. */
export type NewCertificate = Omit<CertificateRecord, 'id' | 'state'> & { readonly subjectValues: readonly string[] }
export type NewRequest = RequestRecord

/** A stored answer to an `Idempotency-Key`. */
export interface Replay {
  readonly requestSha256: Buffer
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}
export type NewReplay = Replay & { readonly tokenId: number; readonly key: string; readonly createdAt: Date }

export interface CrlRecord {
  readonly issuerId: number
  readonly number: bigint
  readonly thisUpdate: Date
  readonly nextPublish: Date
  readonly nextUpdate: Date
  readonly crlDer: Buffer
}

/** What an audit event says. `detail` holds no secret, no private key, no token text and no paste. */
export interface AuditEvent {
  readonly at: Date
  /** Name of the token, or `system`. */
  readonly actor: string
  /** `noun.verb`: `certificate.issued`, `request.refused`, `token.created`, `token.revoked`, `issuer.created`, `crl.published`, `service.started` … */
  readonly action: string
  /** What it was done to: a serial, a request id, a token's name. */
  readonly object: string
  readonly detail: Readonly<Record<string, string | number | boolean | null>>
}

/** One change of the store. Each is committed in one transaction with exactly one audit event. */
export type Change =
  | { readonly kind: 'none' }
  | { readonly kind: 'issuance'; readonly request: NewRequest; readonly certificate: NewCertificate; readonly replay?: NewReplay }
  | { readonly kind: 'tokenCreated'; readonly token: NewToken }
  | { readonly kind: 'tokenRevoked'; readonly tokenId: number; readonly at: Date }
  | { readonly kind: 'issuersCreated'; readonly issuers: readonly NewIssuer[] }
  | { readonly kind: 'crlPublished'; readonly crl: CrlRecord }
  | { readonly kind: 'keyBlocked'; readonly spkiSha256: Buffer; readonly reason: string; readonly at: Date }

/**
 * The one door for writes. Changes that arrive together share one transaction and one fsync, each keeps its own error.
 * Resolves only after the commit is durable. Returns the id of the created row where the change creates one, else 0.
 * @throws CaError `serial-conflict` (serial exists), `idempotency-key-reused` (a replay for this token and key exists:
 * read it with `findReplay`), `database-unavailable`, `audit-unavailable`, `token-last-admin`.
 */
export interface Ledger {
  commit(event: AuditEvent, change: Change): Promise<number>
  /** The next id for a request; taken from the database in blocks, never given twice. */
  nextRequestId(): Promise<number>
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Opaque; undefined on the last page. */
  readonly nextCursor?: string
}

export interface PageQuery {
  readonly limit: number
  readonly cursor?: string
}

export interface RequestFilter {
  readonly tokenId?: number
  readonly status?: RequestStatus
  readonly template?: string
  readonly requester?: string
}

export interface CertificateFilter {
  readonly tokenId?: number
  /** `expired` is judged against `now`. */
  readonly status?: 'valid' | 'held' | 'revoked' | 'expired'
  readonly template?: string
  readonly serial?: string
  readonly requester?: string
  /** Equal, without case, to one attribute value of the subject (its CN, say) or to the whole RFC 4514 string. */
  readonly subject?: string
  /** `vpn.lab.example` or `dns:vpn.lab.example`. */
  readonly subjectAltName?: string
  readonly notAfterFrom?: Date
  readonly notAfterTo?: Date
  readonly now: Date
}

export interface AuditRecord extends AuditEvent {
  /** One chain per process that wrote. */
  readonly writer: string
  /** 1, 2, 3 … within the writer's chain. */
  readonly sequence: number
  /** SHA-256 over the predecessor's hash and this event. */
  readonly hash: Buffer
}

/** Last link of a writer's chain. */
export interface AuditHead {
  readonly writer: string
  readonly sequence: number
  readonly hash: Buffer
}

/** Reads; each answers from the database at that moment. All throw CaError `database-unavailable` when it is away. */
export interface Register {
  listIssuers(): Promise<IssuerRecord[]>
  findTokenByHash(hash: Buffer): Promise<TokenRecord | undefined>
  findToken(id: number): Promise<TokenRecord | undefined>
  listTokens(page: PageQuery): Promise<Page<TokenRecord>>
  /** Rough by intent: a lost update of `lastUsedAt` harms nobody, so it takes no audit event and no fsync. */
  touchToken(id: number, at: Date): Promise<void>
  findRequest(id: number): Promise<RequestRecord | undefined>
  listRequests(filter: RequestFilter, page: PageQuery): Promise<Page<RequestRecord>>
  findCertificate(serial: string): Promise<CertificateRecord | undefined>
  /** Those of the serials that exist, in one query, in no order. */
  findCertificates(serials: readonly string[]): Promise<CertificateRecord[]>
  listCertificates(filter: CertificateFilter, page: PageQuery): Promise<Page<CertificateRecord>>
  findReplay(tokenId: number, key: string, notBefore: Date): Promise<Replay | undefined>
  findBlockedKey(spkiSha256: Buffer): Promise<string | undefined>
  latestCrl(issuerId: number): Promise<CrlRecord | undefined>
  listAudit(page: PageQuery): Promise<Page<AuditRecord>>
  /** Resolves when the database answers within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>
}
