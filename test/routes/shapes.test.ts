import t from 'tap'
import type { CertificateView, RequestView } from '../../src/ca/authority.js'
import { certificateShape, requestShape, rfc3339 } from '../../src/routes/shapes.js'

const VIEW = {
  id: 5,
  serial: 'ab12',
  state: 'valid',
  status: 'expired',
  issuerId: 1,
  requestId: 7,
  tokenId: 3,
  requester: 'me',
  template: 'WebServer',
  subject: '',
  subjectAltNames: ['dns:a.lab'],
  issuerSubject: 'CN=x',
  pem: 'PEM',
  notBefore: new Date('2027-01-01T00:00:00Z'),
  notAfter: new Date('2027-01-02T00:00:00Z'),
  issuedAt: new Date('2027-01-01T00:00:00Z'),
  sha256: Buffer.from('00ff', 'hex'),
  spkiSha256: Buffer.alloc(0),
  certificateDer: Buffer.alloc(0),
} as const satisfies CertificateView

t.test('moments are UTC, with a fraction only where there is one', async (t) => {
  t.equal(rfc3339(new Date('2027-03-01T13:00:00+01:00')), '2027-03-01T12:00:00Z')
  t.equal(rfc3339(new Date('2027-03-01T12:00:00.120Z')), '2027-03-01T12:00:00.120Z')
})

t.test('a certificate shows what is told and nothing else of the record', async (t) => {
  t.same(certificateShape(VIEW), {
    serial: 'ab12',
    status: 'expired',
    template: 'WebServer',
    issuer: 'CN=x',
    subject: '',
    subjectAltNames: ['dns:a.lab'],
    notBefore: '2027-01-01T00:00:00Z',
    notAfter: '2027-01-02T00:00:00Z',
    sha256: '00ff',
    pem: 'PEM',
    requestId: 7,
  })
})

t.test('a request without a certificate has no such field', async (t) => {
  const view: RequestView = {
    id: 7,
    status: 'denied',
    template: 'WebServer',
    tokenId: 3,
    requester: 'me',
    submittedAt: new Date('2027-01-01T00:00:00Z'),
    csrDer: Buffer.of(1),
    spkiSha256: Buffer.of(2),
    comment: 'mine',
    ignored: [{ oid: '1.2.3', name: 'x', reason: 'y' }],
    warnings: [{ code: 'wildcard', detail: 'z' }],
    nextSteps: ['a'],
  }
  t.same(requestShape(view), {
    id: 7,
    status: 'denied',
    template: 'WebServer',
    requester: 'me',
    submittedAt: '2027-01-01T00:00:00Z',
    ignored: [{ oid: '1.2.3', name: 'x', reason: 'y' }],
    warnings: [{ code: 'wildcard', detail: 'z' }],
    nextSteps: ['a'],
  })
})
