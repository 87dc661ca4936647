/** Domain values in the shapes of the wire. */
import type { Static } from 'typebox'
import type { CertificateView, RequestView } from '../ca/authority.js'
import type { AsaPasteSchema, CertificateSchema, RequestSchema } from './certificate-schemas.js'

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
