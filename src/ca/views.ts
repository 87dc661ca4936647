/** Stored records as callers see them: with what the clock adds. */
import type { CertificateView } from './authority.js'
import { pem } from './pem.js'
import type { CertificateRecord } from './ports.js'

/** `expired` is seen only on a certificate that was not revoked: a revoked one stays so. */
export function certificateView(record: CertificateRecord, issuerSubject: string, now: Date): CertificateView {
  const expired = record.state !== 'revoked' && record.notAfter.getTime() < now.getTime()
  return {
    ...record,
    status: expired ? 'expired' : record.state,
    issuerSubject,
    pem: pem('CERTIFICATE', record.certificateDer),
  }
}
