import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Caller, ReplayKey, RequestView, Submission } from '../../src/ca/authority.js'
import { buildCsr } from '../../src/ca/build-csr.js'
import { type Submitted, submitRequest } from '../../src/ca/enrollment.js'
import { parseDistinguishedName } from '../../src/ca/name.js'
import { findReplay } from '../../src/ca/replay.js'
import { CaError } from '../../src/errors.js'
import { ADMIN, memoryEnrollment } from '../support/authority.js'

const fixture = (name: string) => readFileSync(new URL(`../fixtures/asa/${name}`, import.meta.url))
const submission = (name: string, more: Partial<Submission> = {}): Submission => ({
  paste: fixture(name),
  subjectAltNames: {},
  ...more,
})

function viewOf(submitted: Submitted): RequestView {
  if (!('view' in submitted)) throw new Error('a stored answer came instead of a new one')
  return submitted.view
}

/** The real and the synthetic requests, and the names that their certificates get. */
const ISSUED: readonly (readonly [string, readonly string[]])[] = [
  ['asa-rsa2048-sha1-ip-fqdn-b.csr.pem', ['dns:asa.qytang.com']],
  ['asa-console-authenticate-enroll-import-b.txt', ['dns:asa.qytang.com']],
  ['ios-rsa2048-sha1-noheaders.console.txt', ['dns:manual']],
  ['iosxe-c8kv-rsa2048-sha1-ip-fqdn-noheaders.console.txt', ['dns:c8kv3.qytang.com']],
  ['synthetic-asa-shape-ec-p384-sha384.csr.pem', ['dns:vpn.lab.example']],
  ['synthetic-asa-shape-rsa3072-sha256-serial-ip-fqdn.csr.pem', ['dns:vpn.lab.example']],
]

t.test('every request from the field is issued, with its subject and key octet for octet', async (t) => {
  const { deps, issuers } = await memoryEnrollment('field')
  const root = new X509Certificate(issuers[0]?.certificateDer ?? '')
  for (const [name, names] of ISSUED) {
    const { certificate, status } = viewOf(await submitRequest(deps, ADMIN, submission(name)))
    t.equal(status, 'issued', name)
    t.same(certificate?.subjectAltNames, names, name)
    const x509 = new X509Certificate(certificate?.certificateDer ?? '')
    t.ok(x509.checkIssued(root) && x509.verify(root.publicKey), `${name} verifies`)
  }
})

t.test('keys of 1024 bits are refused by size, by rule and with the command for a better one', async (t) => {
  const { deps, store } = await memoryEnrollment('small')
  for (const name of ['cisco-rsa1024-sha1-cn-fqdn.csr.pem', 'cisco-rsa1024-sha1-unstructuredname-only.csr.pem']) {
    const refused = await submitRequest(deps, ADMIN, submission(name)).catch((error: unknown) => error)
    if (!(refused instanceof CaError)) throw new Error('it was not refused')
    t.equal(refused.code, 'key-too-small')
    t.match(refused.detail, /1024/)
    t.match(refused.detail, /2048/)
    t.match(refused.detail, /crypto key generate rsa/)
  }
  t.equal(store.certificates.length, 0)
  t.same(
    store.audit.slice(1).map((event) => [event.action, event.object]),
    [
      ['request.refused', 'key-too-small'],
      ['request.refused', 'key-too-small'],
    ],
  )
})

t.test('nothing leaves when it could not be written', async (t) => {
  const { deps, store } = await memoryEnrollment('durable')
  store.failWith = new CaError('audit-unavailable', 'the audit trail cannot be written')
  await t.rejects(submitRequest(deps, ADMIN, submission('asa-rsa2048-sha1-ip-fqdn-b.csr.pem')), { code: 'audit-unavailable' })
  t.equal(store.certificates.length, 0)
})

t.test('certificate, request, event and answer are committed together; the same key replays the answer', async (t) => {
  const { deps, store, time } = await memoryEnrollment('replay')
  const replayKey: ReplayKey = {
    key: 'once',
    requestSha256: Buffer.alloc(32, 1),
    render: (view) => ({ status: 201, contentType: 'text/plain', body: Buffer.from(view.certificate?.serial ?? '') }),
  }
  const view = viewOf(await submitRequest(deps, ADMIN, submission('asa-rsa2048-sha1-ip-fqdn-b.csr.pem'), replayKey))
  const stored = await findReplay(deps, ADMIN, 'once', Buffer.alloc(32, 1))
  t.equal(stored?.body.toString(), view.certificate?.serial)
  t.equal(store.audit.at(-1)?.object, view.certificate?.serial)
  await t.rejects(findReplay(deps, ADMIN, 'once', Buffer.alloc(32, 2)), {
    code: 'idempotency-key-reused',
    detail:
      'Idempotency-Key (once): this key was used for another request; use a new key for a new request, or repeat the earlier one exactly',
  })

  const second = await submitRequest(deps, ADMIN, submission('asa-rsa2048-sha1-ip-fqdn-b.csr.pem'), replayKey)
  t.ok('replay' in second, 'two at once: the one that lost gets the answer of the one that won')
  t.equal(store.certificates.length, 1)
  t.equal(await findReplay(deps, { ...ADMIN, tokenId: 2 }, 'once', Buffer.alloc(32, 1)), undefined, "not another token's")
  time.advance(24 * 3600 * 1000 + 1)
  t.equal(await findReplay(deps, ADMIN, 'once', Buffer.alloc(32, 1)), undefined, 'a day later it is forgotten')
})

t.test('what the request asks for beside key and names is not given and stands in `ignored`', async (t) => {
  const { deps } = await memoryEnrollment('ignored')
  const iosxe = viewOf(await submitRequest(deps, ADMIN, submission('asa-rsa2048-sha1-ip-fqdn-b.csr.pem')))
  t.same(iosxe.ignored, [], 'the key usage that it asks for is the one it gets')
})

t.test('a template that is not there, or not for this caller, names those that are', async (t) => {
  const { deps } = await memoryEnrollment('templates')
  const caller: Caller = { ...ADMIN, templates: ['VPNGateway'] }
  await t.rejects(submitRequest(deps, ADMIN, submission('asa-rsa2048-sha1-ip-fqdn-b.csr.pem', { template: 'User' })), {
    code: 'template-unknown',
    detail: '/template (User): there is no such template; use one of VPNGateway, WebServer',
  })
  await t.rejects(submitRequest(deps, caller, submission('asa-rsa2048-sha1-ip-fqdn-b.csr.pem')), {
    code: 'template-not-permitted',
    detail: '/template (WebServer): this token may not use the template; use one of VPNGateway',
  })
})

t.test('a caller with patterns gets a certificate for its names only', async (t) => {
  const { deps } = await memoryEnrollment('patterns')
  const lab: Caller = { ...ADMIN, role: 'requester', patterns: { dns: ['*.lab.example'], ip: [], email: [], upn: [] } }
  viewOf(await submitRequest(deps, lab, submission('synthetic-asa-shape-rsa2048-sha256-fqdn-none.csr.pem')))
  await t.rejects(submitRequest(deps, lab, submission('asa-rsa2048-sha1-ip-fqdn-b.csr.pem')), { code: 'name-not-permitted' })
})

t.test('a key on the block list is refused with the reason, whoever holds it', async (t) => {
  const { deps, store, time } = await memoryEnrollment('blocked')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const paste = buildCsr({
    subject: parseDistinguishedName('CN=vpn.lab.example'),
    privateKey,
    subjectAltNames: [{ type: 'dns', value: 'vpn.lab.example' }],
  })
  const first = viewOf(await submitRequest(deps, ADMIN, { paste, subjectAltNames: {} }))
  const event = { at: time.clock(), actor: 'x', action: 'key.blocked', object: 'x', detail: {} }
  await store.ledger.commit(event, { kind: 'keyBlocked', spkiSha256: first.spkiSha256, reason: 'stolen', at: time.clock() })
  await t.rejects(submitRequest(deps, ADMIN, { paste, subjectAltNames: {} }), {
    code: 'key-compromised',
    detail:
      '/csr: the key of this request is on the block list: stolen; make a new key pair (`crypto key generate rsa label LAB_PKI_KEY modulus 2048`) and enroll again',
  })
})

t.test('the certificate holds the very key of the request', async (t) => {
  const { deps } = await memoryEnrollment('key')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const paste = buildCsr({ subject: parseDistinguishedName('CN=a.lab.example'), privateKey, subjectAltNames: [] })
  const { certificate, warnings } = viewOf(await submitRequest(deps, ADMIN, { paste, subjectAltNames: {} }))
  const issued = new X509Certificate(certificate?.certificateDer ?? '').publicKey
  t.ok(issued.equals(createPublicKey(privateKey)))
  t.same(
    warnings.map((warning) => warning.code),
    ['name-from-common-name'],
  )
})
