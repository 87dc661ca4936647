/** Domain values in the shapes of the wire. */
import type { Static } from 'typebox'
import type { CertificateView, RequestView } from '../ca/authority.js'
import type { AuditRecord, TokenRecord } from '../ca/ports.js'
import type { Template } from '../ca/template.js'
import type {
  AsaPasteSchema,
  AuditEventSchema,
  CertificateSchema,
  CreatedTokenSchema,
  RequestSchema,
  TemplateSchema,
  TokenSchema,
} from './schemas.js'

/** RFC 3339 in UTC; whole seconds without a fraction. */
export function rfc3339(at: Date): string {
  return at.toISOString().replace('.000Z', 'Z')
}

/** @param asa the console's paste in parts, where it was asked for. */
export function certificateShape(view: CertificateView, asa?: Static<typeof AsaPasteSchema>): Static<typeof CertificateSchema> {
  return {
    serial: view.serial,
    status: view.status,
    template: view.template,
    issuer: view.issuerSubject,
    subject: view.subject,
    subjectAltNames: [...view.subjectAltNames],
    notBefore: rfc3339(view.notBefore),
    notAfter: rfc3339(view.notAfter),
    sha256: view.sha256.toString('hex'),
    pem: view.pem,
    requestId: view.requestId,
    ...(asa ? { asa } : {}),
  }
}

export function requestShape(view: RequestView, asa?: Static<typeof AsaPasteSchema>): Static<typeof RequestSchema> {
  return {
    id: view.id,
    status: view.status,
    template: view.template,
    requester: view.requester,
    submittedAt: rfc3339(view.submittedAt),
    ignored: view.ignored.map(({ oid, name, reason }) => ({ oid, name, reason })),
    warnings: view.warnings.map(({ code, detail }) => ({ code, detail })),
    nextSteps: [...view.nextSteps],
    ...(view.certificate ? { certificate: certificateShape(view.certificate, asa) } : {}),
  }
}

export function tokenShape(token: TokenRecord): Static<typeof TokenSchema> {
  const { dns, ip, email, upn } = token.patterns
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    ...(token.templates ? { templates: [...token.templates] } : {}),
    patterns: {
      ...(dns ? { dns: [...dns] } : {}),
      ...(ip ? { ip: [...ip] } : {}),
      ...(email ? { email: [...email] } : {}),
      ...(upn ? { upn: [...upn] } : {}),
    },
    wildcards: token.wildcards,
    createdAt: rfc3339(token.createdAt),
    ...(token.expiresAt ? { expiresAt: rfc3339(token.expiresAt) } : {}),
    ...(token.lastUsedAt ? { lastUsedAt: rfc3339(token.lastUsedAt) } : {}),
    ...(token.revokedAt ? { revokedAt: rfc3339(token.revokedAt) } : {}),
  }
}

export function createdTokenShape({ token, text }: { token: TokenRecord; text: string }): Static<typeof CreatedTokenSchema> {
  return { ...tokenShape(token), text }
}

export function templateShape(template: Template): Static<typeof TemplateSchema> {
  return {
    name: template.name,
    displayName: template.displayName,
    description: template.description,
    default: template.default,
    validityDays: template.validityDays,
    keyUsage: { rsa: [...template.keyUsage.rsa], ec: [...template.keyUsage.ec] },
    extendedKeyUsage: [...template.extendedKeyUsage],
    subjectAltNames: [...template.subjectAltName.allow],
    wildcards: template.subjectAltName.wildcards,
  }
}

export function auditShape(event: AuditRecord): Static<typeof AuditEventSchema> {
  return {
    writer: event.writer,
    sequence: event.sequence,
    at: rfc3339(event.at),
    actor: event.actor,
    action: event.action,
    object: event.object,
    detail: { ...event.detail },
    hash: event.hash.toString('hex'),
  }
}
