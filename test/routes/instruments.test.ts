import t from 'tap'
import { createInstruments } from '../../src/routes/instruments.js'

t.test('counters, histogram and gauges in the exposition format', async (t) => {
  const instruments = createInstruments()
  instruments.issued('WebServer', 4)
  instruments.issued('WebServer', 300)
  instruments.refused('key-too-small')
  instruments.answered('GET', '/pki/:issuer.crl', 200)
  const lines = instruments.render([{ name: 'crl_age', help: 'Age.', labels: { issuer: 'a"b\\c' }, value: 1.5 }]).split('\n')
  for (const line of [
    '# TYPE lab_pki_certificates_issued_total counter',
    'lab_pki_certificates_issued_total{template="WebServer"} 2',
    'lab_pki_refusals_total{code="key-too-small"} 1',
    'lab_pki_http_requests_total{method="GET",route="/pki/:issuer.crl",status="200"} 1',
    'lab_pki_issuance_seconds_bucket{le="0.005"} 1',
    'lab_pki_issuance_seconds_bucket{le="0.25"} 1',
    'lab_pki_issuance_seconds_bucket{le="0.5"} 2',
    'lab_pki_issuance_seconds_bucket{le="+Inf"} 2',
    'lab_pki_issuance_seconds_count 2',
    'crl_age{issuer="a\\"b\\\\c"} 1.5',
  ]) {
    t.ok(lines.includes(line), line)
  }
  t.equal(lines.at(-1), '', 'ends with a line feed')
})
