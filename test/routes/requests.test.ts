import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { CaError } from '../../src/errors.js'
import { openapiDocument } from '../../src/routes/docs.js'
import { CAPTURE, PLAIN, submit, testApp } from '../support/app.js'

const CSR = CAPTURE.slice(CAPTURE.indexOf('-----BEGIN'), CAPTURE.indexOf('\n\nRedisplay') + 1)

t.test('a console capture goes in, the request with its certificate comes out', async (t) => {
  const world = await testApp()
  const answer = await submit(world, '?template=WebServer')
  t.equal(answer.statusCode, 201)
  t.equal(answer.headers.location, '/v1/requests/1')
  t.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  t.equal(answer.headers['cache-control'], 'no-store')
  const body = answer.json()
  t.same(Object.keys(body), [
    'id',
    'status',
    'template',
    'requester',
    'submittedAt',
    'ignored',
    'warnings',
    'nextSteps',
    'certificate',
  ])
  t.same(Object.keys(body.certificate), [
    'serial',
    'status',
    'template',
    'issuer',
    'subject',
    'subjectAltNames',
    'notBefore',
    'notAfter',
    'sha256',
    'pem',
    'requestId',
  ])
  t.match(body, {
    id: 1,
    status: 'issued',
    template: 'WebServer',
    requester: 'admin',
    submittedAt: '2027-03-01T12:00:00Z',
    certificate: { status: 'valid', issuer: 'CN=lab-PKI-CA', subjectAltNames: ['dns:vpn.lab.example'], requestId: 1 },
  })
  t.match(body.certificate.serial, /^[0-9a-f]{32,40}$/)
  t.same((await world.app.inject({ url: '/v1/requests/1', headers: world.bearer.admin })).json(), body)
})

t.test('answers are as the OpenAPI document says', async (t) => {
  const world = await testApp()
  const document = (await openapiDocument(world.app)) as { components: { schemas: Record<string, object> } }
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema({ $id: 'document', ...document })
  const check = (name: string, value: unknown) => {
    const validate = ajv.compile({ $ref: `document#/components/schemas/${name}` })
    t.ok(validate(value), `${name}: ${ajv.errorsText(validate.errors)}`)
  }
  check('Request', (await submit(world, '?format=asa', { accept: 'application/json' })).json())
  const get = async (url: string) => (await world.app.inject({ url, headers: world.bearer.admin })).json()
  check('RequestList', await get('/v1/requests'))
  check('CertificateList', await get('/v1/certificates'))
  check('TemplateList', await get('/v1/templates'))
  check('TokenList', await get('/v1/tokens'))
  check('AuditList', await get('/v1/audit'))
  check('Health', await get('/readyz'))
  check('Problem', await get('/v1/requests/99'))
  check('Problem', await get('/v1/requests?x=1'))
})

t.test('JSON carries the same as a raw body with a query', async (t) => {
  const { app, bearer } = await testApp()
  const payload = {
    csr: CSR,
    template: 'VPNGateway',
    subjectAltNames: { dns: ['www.lab.example'], ip: ['203.0.113.9'] },
    trustpoint: 'OUTSIDE',
    comment: 'rack 3',
  }
  const json = await app.inject({ method: 'POST', url: '/v1/requests', headers: bearer.admin, payload })
  t.equal(json.statusCode, 201)
  const query =
    '?template=VPNGateway&subjectAltName=dns:www.lab.example&subjectAltName=ip:203.0.113.9&trustpoint=OUTSIDE&comment=rack+3'
  const raw = await submit({ app, bearer }, query)
  t.equal(raw.statusCode, 201)
  t.same(raw.json().certificate.subjectAltNames, json.json().certificate.subjectAltNames)
  t.equal(raw.json().template, 'VPNGateway')
  t.match(raw.json().nextSteps[0], /trustpoint=OUTSIDE/)
})

t.test('each form is answered at once', async (t) => {
  const world = await testApp()
  const pem = await submit(world, '?format=pem')
  t.equal(pem.statusCode, 201)
  t.equal(pem.headers['content-type'], 'application/x-pem-file')
  t.match(pem.body, /^-----BEGIN CERTIFICATE-----\n/)
  const asa = await submit(world, '?format=asa&trustpoint=OUTSIDE')
  t.match(asa.body, /^crypto ca import OUTSIDE certificate$/m)
  const accepted = await submit(world, '', { accept: 'application/pkix-cert' })
  t.equal(accepted.rawPayload[0], 0x30)
  t.equal((await submit(world, '', { accept: 'image/png' })).statusCode, 406)
  t.equal(world.store.certificates.length, 3, 'what cannot be answered is not issued')
})

t.test('an empty body and a body that is no request are the domain’s to refuse', async (t) => {
  const { app, bearer } = await testApp()
  t.equal((await app.inject({ method: 'POST', url: '/v1/requests', headers: bearer.admin })).json().code, 'csr-missing')
  const key = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----\n'
  const refused = await app.inject({ method: 'POST', url: '/v1/requests', headers: { ...bearer.admin, ...PLAIN }, payload: key })
  t.equal(refused.json().code, 'csr-is-private-key')
  t.notMatch(refused.body, /MIGHAgEA/)
})

t.test('JSON with raw line breaks says what to do', async (t) => {
  const { app, bearer } = await testApp()
  const headers = { ...bearer.admin, 'content-type': 'application/json' }
  const answer = await app.inject({ method: 'POST', url: '/v1/requests', headers, payload: `{"csr":"${CSR}"}` })
  t.equal(answer.statusCode, 400)
  t.equal(answer.json().code, 'body-line-breaks')
  t.match(answer.json().detail, /choose text\/plain as Content-Type, or write \\n/)
})

t.test('an Idempotency-Key replays status and body, and issues once', async (t) => {
  const world = await testApp()
  const key = { 'idempotency-key': '6f1c2f3e-8a57' }
  const first = await submit(world, '?format=asa', key)
  const again = await submit(world, '?format=asa', key)
  t.equal(first.headers['idempotency-replayed'], undefined)
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.equal(again.statusCode, 201)
  t.equal(again.headers['content-type'], first.headers['content-type'])
  t.same(again.rawPayload, first.rawPayload)
  t.equal(world.store.certificates.length, 1)
  const other = await submit(world, '?format=pem', key)
  t.equal(other.statusCode, 422)
  t.equal(other.json().code, 'idempotency-key-reused')
  world.time.advance(24 * 3600 * 1000 + 1)
  t.equal((await submit(world, '?format=asa', key)).headers['idempotency-replayed'], undefined, 'after a day the key is free')
})

t.test('calls at once under one key issue one certificate and have one answer', async (t) => {
  const world = await testApp()
  const answers = await Promise.all(Array.from({ length: 5 }, () => submit(world, '', { 'idempotency-key': 'k' })))
  t.equal(world.store.certificates.length, 1)
  t.same(new Set(answers.map((answer) => `${answer.statusCode} ${answer.body}`)).size, 1)
})

t.test('a refusal is not remembered: the same key works once the fault is mended', async (t) => {
  const world = await testApp()
  const key = { 'idempotency-key': 'k' }
  world.store.failWith = new CaError('database-unavailable', 'away')
  t.equal((await submit(world, '', key)).statusCode, 503)
  world.store.failWith = undefined
  t.equal((await submit(world, '', key)).statusCode, 201)
})

t.test('an Idempotency-Key is 1 to 255 visible ASCII characters', async (t) => {
  const world = await testApp()
  for (const key of ['', 'a b', 'x'.repeat(256)]) {
    const answer = await submit(world, '', { 'idempotency-key': key })
    t.equal(answer.statusCode, 400, JSON.stringify(key))
    t.equal(answer.json().code, 'idempotency-key-syntax')
    t.equal(answer.json().errors[0].pointer, 'Idempotency-Key')
  }
  t.equal((await submit(world, '', { 'idempotency-key': 'x'.repeat(255) })).statusCode, 201)
})

t.test('a request is found by its number, by those who may see it', async (t) => {
  const world = await testApp()
  await submit(world)
  const get = (url: string, headers: Record<string, string>) => world.app.inject({ url, headers })
  t.equal((await get('/v1/requests/1', world.bearer.auditor)).statusCode, 200)
  t.equal((await get('/v1/requests/1', world.bearer.requester)).statusCode, 404)
  t.equal((await get('/v1/requests/1?format=pem', world.bearer.admin)).headers['content-type'], 'application/x-pem-file')
  for (const id of ['0', '01', 'x', '1e3', '9'.repeat(16)])
    t.equal((await get(`/v1/requests/${id}`, world.bearer.admin)).statusCode, 404, id)
})

t.test('filters of the list reach the authority', async (t) => {
  const { app, bearer, authority } = await testApp()
  let seen: unknown
  authority.listRequests = async (_caller, filter, page) => {
    seen = { filter, page }
    return { items: [], nextCursor: 'next' }
  }
  const answer = await app.inject({
    url: '/v1/requests?status=issued&template=WebServer&requester=admin&limit=2',
    headers: bearer.admin,
  })
  t.same(answer.json(), { items: [], nextCursor: 'next' })
  t.same(seen, { filter: { status: 'issued', template: 'WebServer', requester: 'admin' }, page: { limit: 2 } })
})
