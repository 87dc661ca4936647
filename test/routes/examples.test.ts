import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { findRequest } from '../../src/ca/paste.js'
import { EXAMPLE_CAPTURE, EXAMPLE_CERTIFICATE, EXAMPLE_SUBMISSION } from '../../src/routes/examples.js'
import { CAPTURE } from '../support/app.js'

t.test('the example in the documentation is the one that can be sent', async (t) => {
  t.equal(EXAMPLE_CAPTURE, CAPTURE)
  t.same(findRequest(Buffer.from(EXAMPLE_SUBMISSION.csr)).csrDer, findRequest(Buffer.from(CAPTURE)).csrDer)
})

t.test('the example certificate is one, with the values that stand beside it', async (t) => {
  const certificate = new X509Certificate(EXAMPLE_CERTIFICATE.pem)
  t.equal(certificate.serialNumber.toLowerCase(), EXAMPLE_CERTIFICATE.serial)
  t.equal(certificate.fingerprint256.replaceAll(':', '').toLowerCase(), EXAMPLE_CERTIFICATE.sha256)
  t.equal(Date.parse(certificate.validTo), Date.parse(EXAMPLE_CERTIFICATE.notAfter))
  t.equal(certificate.subjectAltName, 'DNS:vpn.lab.example')
})
