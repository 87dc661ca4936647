/** The authority put together: enrollment, look-ups within the caller's view, tokens, publication. */
import { CaError, printable } from '../errors.js'
import type { Authority, Caller, CertificateView, ComponentHealth, RequestView } from './authority.js'
import { type EnrollmentDeps, submitRequest } from './enrollment.js'
import type { Issuer } from './issuer.js'
import { formatName } from './name.js'
import type { CertificateRecord, RequestRecord } from './ports.js'
import type { Publisher } from './publication.js'
import { findReplay } from './replay.js'
import type { Tokens } from './tokens.js'
import { certificateView } from './views.js'

export interface AuthorityDeps extends EnrollmentDeps {
  readonly tokens: Tokens
  readonly publisher: Publisher
  /** Every issuer of this CA, issuing one first, root last. */
  readonly issuers: readonly Issuer[]
  /** Whether audit heads can be signed and written; a sentence where not. */
  readonly auditFault: () => string | undefined
}

/** Longest that readiness waits for the database, in milliseconds: less than a load balancer's usual patience of 2 s. */
const PING_TIMEOUT_MS = 1_500

export function createAuthority(deps: AuthorityDeps): Authority {
  const { register, clock } = deps
  const subjects = new Map(deps.issuers.map((issuer) => [issuer.id, formatName(issuer.subject)]))

  const viewCertificate = (record: CertificateRecord): CertificateView =>
    certificateView(record, subjects.get(record.issuerId) ?? '', clock())

  /** Requests with their certificates, which are fetched in one query. */
  async function viewRequests(records: readonly RequestRecord[]): Promise<RequestView[]> {
    const serials = records.flatMap((record) => (record.serial === undefined ? [] : [record.serial]))
    const found = serials.length === 0 ? [] : await register.findCertificates(serials)
    const bySerial = new Map(found.map((certificate) => [certificate.serial, certificate]))
    return records.map((record) => {
      const certificate = bySerial.get(record.serial ?? '')
      return certificate ? { ...record, certificate: viewCertificate(certificate) } : record
    })
  }

  async function readiness(): Promise<ComponentHealth[]> {
    const databaseUp = await register.ping(PING_TIMEOUT_MS).then(
      () => true,
      () => false,
    )
    const crl = deps.publisher.health()
    const audit = deps.auditFault()
    return [
      { component: 'database', ok: databaseUp },
      { component: 'issuer', ok: deps.issuer.signer !== undefined },
      { component: 'crl', ok: crl.failed.length === 0, warnings: [...crl.failed, ...crl.warnings] },
      { component: 'audit', ok: audit === undefined, warnings: audit === undefined ? [] : [audit] },
      { component: 'public-url', ok: true, warnings: deps.settings.standingWarnings.map((warning) => warning.detail) },
    ]
  }

  return {
    authenticate: deps.tokens.authenticate,
    submitRequest: (caller, submission, replay) => submitRequest(deps, caller, submission, replay),
    findReplay: (caller, key, requestSha256) => findReplay(deps, caller, key, requestSha256),

    async findRequest(caller, id) {
      const record = await register.findRequest(id)
      if (!record || !maySee(caller, record.tokenId)) throw notFound('request', String(id))
      const [view] = await viewRequests([record])
      return view ?? record
    },

    async listRequests(caller, filter, page) {
      const found = await register.listRequests({ ...filter, ...ownOnly(caller) }, page)
      return { ...found, items: await viewRequests(found.items) }
    },

    async findCertificate(caller, serial) {
      const record = await register.findCertificate(serial)
      if (!record || !maySee(caller, record.tokenId)) throw notFound('certificate', serial)
      return viewCertificate(record)
    },

    async listCertificates(caller, filter, page) {
      const found = await register.listCertificates({ ...filter, ...ownOnly(caller), now: clock() }, page)
      return { ...found, items: found.items.map(viewCertificate) }
    },

    chainFor(certificate) {
      const from = deps.issuers.findIndex((issuer) => issuer.id === certificate.issuerId)
      return deps.issuers.slice(Math.max(from, 0)).map((issuer) => issuer.certificateDer)
    },

    templates: () => [...deps.templates.values()],
    listAudit: (_caller, page) => register.listAudit(page),
    listTokens: (_caller, page) => register.listTokens(page),
    createToken: (caller, input) => deps.tokens.create(caller.name, input),
    revokeToken: (caller, id) => deps.tokens.revoke(caller.name, id),
    publication: deps.publisher,
    readiness,
  }
}

/** A requester and an MDM see their own; those who decide or audit see all. */
const SEES_ALL: Readonly<Record<Caller['role'], boolean>> = {
  admin: true,
  officer: true,
  auditor: true,
  requester: false,
  mdm: false,
}

function maySee(caller: Caller, tokenId: number): boolean {
  return SEES_ALL[caller.role] || caller.tokenId === tokenId
}

function ownOnly(caller: Caller): { tokenId: number } | Record<never, never> {
  return SEES_ALL[caller.role] ? {} : { tokenId: caller.tokenId }
}

function notFound(noun: string, id: string): CaError {
  return new CaError('not-found', `there is no ${noun} ${printable(id)} that this token may see; list them with GET /v1/${noun}s`)
}
