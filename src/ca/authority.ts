/** The use cases of the certification authority as those see them who call it: the routes and the verbs. */
import type { RequestedNames } from './name-policy.js'
import type {
  AuditRecord,
  CertificateFilter,
  CertificateRecord,
  CrlRecord,
  IssuerSlug,
  NamePatterns,
  Page,
  PageQuery,
  Replay,
  RequestFilter,
  RequestRecord,
  Role,
  TokenRecord,
} from './ports.js'
import type { Template } from './template.js'
import type { NewTokenInput } from './tokens.js'

/** Who calls, after the token was checked. */
export interface Caller {
  readonly tokenId: number
  /** The token's name; it stands in requests and in the audit. */
  readonly name: string
  readonly role: Role
  /** Names of templates; undefined: all. */
  readonly templates?: readonly string[]
  readonly patterns: NamePatterns
  readonly wildcards: boolean
}

/** What somebody sends in to have a certificate made. */
export interface Submission {
  /** What was pasted, as it came. */
  readonly paste: Buffer
  /** Undefined: the default template. */
  readonly template?: string
  readonly subjectAltNames: RequestedNames
  readonly trustpoint?: string
  readonly comment?: string
}

/** An `Idempotency-Key` and what is needed to store the answer with the certificate in one transaction. */
export interface ReplayKey {
  readonly key: string
  /** SHA-256 over everything that makes the call what it is; a repetition has the same. */
  readonly requestSha256: Buffer
  render(view: RequestView): { status: number; contentType: string; body: Buffer }
}

export interface RequestView extends RequestRecord {
  /** The certificate that was issued for it. */
  readonly certificate?: CertificateView
}

export interface CertificateView extends CertificateRecord {
  /** The state, or `expired` by the clock. */
  readonly status: 'valid' | 'held' | 'revoked' | 'expired'
  /** RFC 4514 string. */
  readonly issuerSubject: string
  readonly pem: string
}

/** What everybody may fetch. Answers from memory, so that it works while the database is away. */
export interface Publication {
  /** CN of the issuing CA. */
  readonly caName: string
  /** DER, or undefined where the CA has no such issuer (`ca` in a single-tier CA). */
  certificate(slug: IssuerSlug): Buffer | undefined
  /** DER of the CA certificates, issuing CA first, root last. */
  chain(): Buffer[]
  crl(slug: IssuerSlug): Promise<CrlRecord | undefined>
}

/** One part of the service and whether it does its work. */
export interface ComponentHealth {
  readonly component: string
  readonly ok: boolean
  /** Sentences for those who may read them; the public sees names of components alone. */
  readonly warnings?: string[]
}

/** Everything callers can have done. Each method throws CaError with the codes of its rules, and `database-unavailable`. */
export interface Authority {
  /** @throws CaError `unauthenticated`. */
  authenticate(tokenText: string): Promise<Caller>
  /** Resolves when the certificate is durable. */
  submitRequest(caller: Caller, submission: Submission, replay?: ReplayKey): Promise<{ view: RequestView } | { replay: Replay }>
  /** @throws CaError `idempotency-key-reused` when the key was used for something else. */
  findReplay(caller: Caller, key: string, requestSha256: Buffer): Promise<Replay | undefined>
  /** @throws CaError `not-found`, also for what the caller may not see. */
  findRequest(caller: Caller, id: number): Promise<RequestView>
  listRequests(caller: Caller, filter: RequestFilter, page: PageQuery): Promise<Page<RequestView>>
  /** @throws CaError `not-found`, also for what the caller may not see. */
  findCertificate(caller: Caller, serial: string): Promise<CertificateView>
  listCertificates(caller: Caller, filter: Omit<CertificateFilter, 'now'>, page: PageQuery): Promise<Page<CertificateView>>
  /** DER of the CA certificates from the certificate's issuer to the root. */
  chainFor(certificate: CertificateView): Buffer[]
  templates(): readonly Template[]
  listAudit(caller: Caller, page: PageQuery): Promise<Page<AuditRecord>>
  listTokens(caller: Caller, page: PageQuery): Promise<Page<TokenRecord>>
  /** The text is given here once and never again. */
  createToken(caller: Caller, input: NewTokenInput): Promise<{ token: TokenRecord; text: string }>
  /** @throws CaError `not-found`, `token-last-admin`. */
  revokeToken(caller: Caller, id: number): Promise<void>
  readonly publication: Publication
  readiness(): Promise<ComponentHealth[]>
}
