import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { submit, testApp } from '../support/app.js'
import { OPENSSL, runReader } from '../support/second-reader.js'

t.test('a certificate is found by its serial, in every form', async (t) => {
  const world = await testApp()
  const { certificate } = (await submit(world)).json()
  const get = (query: string, headers: Record<string, string> = {}) =>
    world.app.inject({ url: `/v1/certificates/${certificate.serial}${query}`, headers: { ...world.bearer.auditor, ...headers } })

  t.same((await get('')).json(), certificate, 'JSON is what the request showed')
  const pem = await get('?format=pem')
  t.equal(pem.headers['content-type'], 'application/x-pem-file')
  t.equal(pem.body, certificate.pem)
  const der = await get('', { accept: 'application/pkix-cert' })
  t.equal(der.headers['content-type'], 'application/pkix-cert')
  t.equal(new X509Certificate(der.rawPayload).serialNumber.toLowerCase(), certificate.serial)
  const chain = await get('?format=chain')
  t.equal(chain.headers['content-type'], 'application/pem-certificate-chain')
  t.equal(chain.body.match(/BEGIN CERTIFICATE/g)?.length, 2)
  t.ok(chain.body.startsWith(certificate.pem), 'leaf first')
  const text = await get('?format=text')
  t.equal(text.headers['content-type'], 'text/plain; charset=utf-8')
  t.match(text.body, /Associated Trustpoints: LAB_PKI/)
  const asa = await get('?format=asa&trustpoint=OUTSIDE')
  t.match(asa.body, /^crypto ca import OUTSIDE certificate$/m)
  t.match(asa.body, /\nquit\n$/)
  const p7b = await get('?format=p7b')
  t.equal(p7b.headers['content-type'], 'application/x-pkcs7-certificates')
  const read = runReader(t, OPENSSL, ['pkcs7', '-inform', 'DER', '-print_certs', '-noout'], { input: p7b.rawPayload })
  if (read) t.equal(read.stdout.match(/^subject=/gm)?.length, 2, 'openssl finds leaf and root in the PKCS#7')
})

t.test('format=asa with Accept: application/json gives the paste in parts', async (t) => {
  const world = await testApp()
  const { certificate } = (await submit(world)).json()
  const url = `/v1/certificates/${certificate.serial}?format=asa`
  const answer = await world.app.inject({ url, headers: { ...world.bearer.admin, accept: 'application/json' } })
  t.equal(answer.json().asa.command, 'crypto ca import LAB_PKI certificate')
  t.equal(answer.json().asa.body, `${certificate.pem}quit\n`)
  t.equal(answer.json().asa.ifAsked[0].answer, 'yes')
})

t.test('a serial in another form is not found, and the answer names the form', async (t) => {
  const { app, bearer } = await testApp()
  const answer = await app.inject({ url: '/v1/certificates/AB:CD', headers: bearer.admin })
  t.equal(answer.statusCode, 404)
  t.equal(answer.json().detail, '/serial (AB:CD): has a wrong form; what is meant: Serial number: lower-case hex without colons')
})

t.test('a requester sees his own certificates only', async (t) => {
  const world = await testApp()
  const { certificate } = (await submit(world)).json()
  const url = `/v1/certificates/${certificate.serial}`
  t.equal((await world.app.inject({ url, headers: world.bearer.requester })).statusCode, 404)
  t.same((await world.app.inject({ url: '/v1/certificates', headers: world.bearer.requester })).json(), { items: [] })
  t.equal((await world.app.inject({ url: '/v1/certificates', headers: world.bearer.auditor })).json().items.length, 1)
})

t.test('filters reach the authority as values, and unknown ones are refused', async (t) => {
  const { app, bearer, authority } = await testApp()
  let seen: unknown
  authority.listCertificates = async (_caller, filter, page) => {
    seen = { filter, page }
    return { items: [] }
  }
  const query = 'status=expired&template=WebServer&subject=vpn.lab.example&subjectAltName=dns:a.lab&serial=ab12&requester=admin'
  const dates = 'notAfterFrom=2027-01-01T00:00:00Z&notAfterTo=2027-12-31T00:00:00%2B01:00&limit=7&cursor=abc'
  t.equal((await app.inject({ url: `/v1/certificates?${query}&${dates}`, headers: bearer.admin })).statusCode, 200)
  t.same(seen, {
    filter: {
      status: 'expired',
      template: 'WebServer',
      subject: 'vpn.lab.example',
      subjectAltName: 'dns:a.lab',
      serial: 'ab12',
      requester: 'admin',
      notAfterFrom: new Date('2027-01-01T00:00:00Z'),
      notAfterTo: new Date('2027-12-30T23:00:00Z'),
    },
    page: { limit: 7, cursor: 'abc' },
  })
  for (const bad of [
    'state=valid',
    'status=good',
    'notAfterTo=tomorrow',
    'subject=%00',
    'limit=0',
    'limit=1&limit=2',
    'serial=AB',
  ]) {
    const answer = await app.inject({ url: `/v1/certificates?${bad}`, headers: bearer.admin })
    t.equal(answer.json().code, 'query-invalid', bad)
    t.equal(answer.json().errors[0].pointer, `?${bad.split('=')[0]}`, bad)
  }
})
