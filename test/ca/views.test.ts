import { X509Certificate } from 'node:crypto'
import t from 'tap'
import type { CertificateRecord } from '../../src/ca/ports.js'
import { certificateView } from '../../src/ca/views.js'
import { testRoot } from '../support/issuance.js'

const { certificateDer } = await testRoot('ca-p256')
const record: CertificateRecord = {
  id: 1,
  serial: '4a0b',
  state: 'valid',
  issuerId: 1,
  requestId: 1,
  tokenId: 1,
  requester: 'asa-team',
  template: 'WebServer',
  subject: 'CN=vpn.lab.example',
  subjectAltNames: ['dns:vpn.lab.example'],
  notBefore: new Date('2026-03-01T11:50:00Z'),
  notAfter: new Date('2028-02-29T11:49:59Z'),
  issuedAt: new Date('2026-03-01T12:00:00Z'),
  sha256: Buffer.alloc(32, 1),
  spkiSha256: Buffer.alloc(32, 2),
  certificateDer,
}
const LAST = '2028-02-29T11:49:59.000Z'
const LATER = '2028-02-29T11:49:59.001Z'

t.test(
  'a certificate is what it is stored as through its notAfter, and expired from then on unless it was revoked',
  async (t) => {
    const seen = (state: CertificateRecord['state'], now: string) =>
      certificateView({ ...record, state }, 'CN=lab-PKI-CA', new Date(now)).status
    t.equal(seen('valid', LAST), 'valid', 'notAfter belongs to the validity (RFC 5280, 4.1.2.5)')
    t.equal(seen('valid', LATER), 'expired')
    t.equal(seen('held', LAST), 'held')
    t.equal(seen('held', LATER), 'expired')
    t.equal(seen('revoked', LAST), 'revoked')
    t.equal(seen('revoked', LATER), 'revoked')
  },
)

t.test('a view is the record with status, issuer and PEM', async (t) => {
  const { status, issuerSubject, pem, ...rest } = certificateView(record, 'CN=lab-PKI-CA', new Date(LAST))
  t.same(rest, record)
  t.equal(status, 'valid')
  t.equal(issuerSubject, 'CN=lab-PKI-CA')
  t.ok(new X509Certificate(pem).raw.equals(certificateDer))
})
