/** What the audit trail says of a request: issued, or refused and why. */
import { type CaError, printable } from '../errors.js'
import type { Caller } from './authority.js'
import type { AuditEvent, NewCertificate } from './ports.js'

/** A certificate was issued: enough to find it again, and its hash, so that a changed row is found. */
export function issuedEvent(certificate: NewCertificate, caller: Caller, at: Date): AuditEvent {
  return {
    at,
    actor: caller.name,
    action: 'certificate.issued',
    object: certificate.serial,
    detail: {
      requestId: certificate.requestId,
      template: certificate.template,
      subject: certificate.subject,
      subjectAltNames: certificate.subjectAltNames.join(' '),
      sha256: certificate.sha256.toString('hex'),
      notAfter: certificate.notAfter.toISOString(),
    },
  }
}

/** A request was refused: by which rule, over which field. Nothing of the paste, and of the caller's words only what is printable. */
export function refusedEvent(error: CaError, caller: Caller, template: string, at: Date): AuditEvent {
  return {
    at,
    actor: caller.name,
    action: 'request.refused',
    object: error.code,
    detail: { code: error.code, template: printable(template), field: printable(error.errors[0]?.pointer ?? '') },
  }
}
