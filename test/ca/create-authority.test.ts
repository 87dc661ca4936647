import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Caller } from '../../src/ca/authority.js'
import { type AuthorityDeps, createAuthority } from '../../src/ca/create-authority.js'
import type { CertificateFilter, RequestFilter, Role } from '../../src/ca/ports.js'
import { createPublisher } from '../../src/ca/publication.js'
import { createTokens } from '../../src/ca/tokens.js'
import { CaError } from '../../src/errors.js'
import { ADMIN, memoryEnrollment } from '../support/authority.js'
import { testRoot } from '../support/issuance.js'

const paste = readFileSync(new URL('../fixtures/asa/asa-rsa2048-sha1-ip-fqdn-b.csr.pem', import.meta.url))
const caller = (tokenId: number, role: Role): Caller => ({ tokenId, name: role, role, patterns: {}, wildcards: false })
const REQUESTER = caller(2, 'requester')
const MDM = caller(3, 'mdm')
const DAY_MS = 24 * 3600 * 1000

async function world(seed: string, more: Partial<AuthorityDeps> = {}) {
  const { deps, issuers, store, time } = await memoryEnrollment(seed)
  const tokens = createTokens({ ...deps, monotonic: time.monotonic })
  const schedule = () => ({ periodMs: 7 * DAY_MS, overlapMs: 3 * DAY_MS, backdateMs: 600_000 })
  const publisher = createPublisher({ ...deps, issuers, schedule })
  await publisher.refresh()
  const all = { ...deps, tokens, publisher, issuers, auditFault: () => undefined, ...more }
  const authority = createAuthority(all)
  const issue = async (who: Caller) => {
    const answer = await authority.submitRequest(who, { paste, subjectAltNames: {} })
    if (!('view' in answer) || !answer.view.certificate) throw new Error('nothing was issued')
    return { ...answer.view, certificate: answer.view.certificate }
  }
  return { authority, deps: all, issuers, store, time, issue }
}

t.test('a requester and an MDM see their own, those who decide or audit see all', async (t) => {
  const { authority, issue } = await world('visible')
  const mine = new Map<Caller, Awaited<ReturnType<typeof issue>>>()
  for (const who of [REQUESTER, MDM, ADMIN]) mine.set(who, await issue(who))
  for (const who of [REQUESTER, MDM]) {
    for (const [owner, { id, certificate }] of mine) {
      if (owner === who) {
        t.match(await authority.findRequest(who, id), { id, certificate: { serial: certificate.serial, status: 'valid' } })
        t.match(await authority.findCertificate(who, certificate.serial), { issuerSubject: 'CN=lab-PKI-CA', status: 'valid' })
        continue
      }
      await t.rejects(authority.findRequest(who, id), {
        code: 'not-found',
        detail: `there is no request ${id} that this token may see; list them with GET /v1/requests`,
      })
      await t.rejects(authority.findCertificate(who, certificate.serial), {
        code: 'not-found',
        detail: `there is no certificate ${certificate.serial} that this token may see; list them with GET /v1/certificates`,
      })
    }
  }
  for (const role of ['admin', 'officer', 'auditor'] as const) {
    for (const { id, certificate } of mine.values()) {
      t.equal((await authority.findRequest(caller(9, role), id)).id, id, role)
      t.equal((await authority.findCertificate(caller(9, role), certificate.serial)).serial, certificate.serial, role)
    }
  }
})

t.test('what is not there gets the same answer as what may not be seen', async (t) => {
  const { authority } = await world('missing')
  for (const who of [REQUESTER, ADMIN]) {
    await t.rejects(authority.findRequest(who, 404), {
      code: 'not-found',
      detail: 'there is no request 404 that this token may see; list them with GET /v1/requests',
    })
  }
  await t.rejects(authority.findCertificate(ADMIN, 'ab\u202e\n'), {
    code: 'not-found',
    detail: 'there is no certificate ab\\u202e\\u000a that this token may see; list them with GET /v1/certificates',
  })
})

t.test('lists hold what the caller may see, whatever the filter asks for', async (t) => {
  const { authority, deps, issue, time } = await world('lists')
  for (const who of [REQUESTER, MDM, REQUESTER]) await issue(who)
  const asked: (RequestFilter | CertificateFilter)[] = []
  const seeing = createAuthority({
    ...deps,
    register: {
      ...deps.register,
      listRequests(filter, page) {
        asked.push(filter)
        return deps.register.listRequests(filter, page)
      },
      listCertificates(filter, page) {
        asked.push(filter)
        return deps.register.listCertificates(filter, page)
      },
    },
  })
  const page = { limit: 10 }
  const others = { tokenId: MDM.tokenId, template: 'WebServer' }
  const requests = await seeing.listRequests(REQUESTER, others, page)
  t.same(
    requests.items.map((item) => [item.tokenId, item.certificate?.requestId === item.id]),
    [
      [2, true],
      [2, true],
    ],
    'each request stands with its certificate',
  )
  t.equal((await seeing.listCertificates(REQUESTER, others, page)).items.length, 2)
  t.equal((await seeing.listCertificates(ADMIN, {}, page)).items.length, 3)
  t.equal((await seeing.listRequests(ADMIN, others, page)).items.length, 1)
  t.same(asked, [
    { tokenId: 2, template: 'WebServer' },
    { tokenId: 2, template: 'WebServer', now: time.clock() },
    { now: time.clock() },
    { tokenId: 3, template: 'WebServer' },
  ])
  time.set('2037-06-01T00:00:00Z')
  const [later] = (await authority.listCertificates(MDM, {}, page)).items
  t.equal(later?.status, 'expired', 'judged by the clock of the call')
})

t.test('a request without a certificate is shown without one', async (t) => {
  const { deps, issue } = await world('bare')
  const { certificate: _gone, serial: _serial, ...pending } = await issue(REQUESTER)
  const register = { ...deps.register, findRequest: async () => pending }
  t.equal((await createAuthority({ ...deps, register }).findRequest(REQUESTER, pending.id)).certificate, undefined)
})

t.test('the chain goes from the issuer of the certificate to the root', async (t) => {
  const one = await world('single')
  const { certificate } = await one.issue(ADMIN)
  const [root] = one.issuers
  t.same(one.authority.chainFor(certificate), [root?.certificateDer])

  const two = [
    { ...(await testRoot('ca-p384')), id: 2, slug: 'ca' as const },
    { ...(await testRoot('ca-p256')), id: 1 },
  ]
  const authority = createAuthority({ ...one.deps, issuers: two })
  t.same(
    authority.chainFor({ ...certificate, issuerId: 2 }),
    two.map((issuer) => issuer.certificateDer),
  )
  t.same(authority.chainFor({ ...certificate, issuerId: 1 }), [two[1]?.certificateDer])
})

t.test('readiness names each component, and is well when all of them are', async (t) => {
  const { authority } = await world('ready')
  t.same(await authority.readiness(), [
    { component: 'database', ok: true },
    { component: 'issuer', ok: true },
    { component: 'crl', ok: true, warnings: [] },
    { component: 'audit', ok: true, warnings: [] },
    { component: 'public-url', ok: true, warnings: [] },
  ])
})

t.test('readiness says what is the matter, and answers while the database is away', async (t) => {
  const { deps, time } = await world('unready')
  const patience: number[] = []
  const ping = async (timeoutMs: number) => {
    patience.push(timeoutMs)
    throw new CaError('database-unavailable', 'away')
  }
  const { signer: _signer, ...issuer } = deps.issuer
  const authority = createAuthority({
    ...deps,
    issuer,
    register: { ...deps.register, ping },
    auditFault: () => 'the audit trail has not been signed since 2027-03-01T12:00:00.000Z; see the log',
    settings: { ...deps.settings, standingWarnings: [{ code: 'public-url-loopback', detail: 'only this machine' }] },
  })
  time.set('2027-03-08T12:00:00Z')
  const late = 'the CRL of root should have been published again at 2027-03-08T12:00:00.000Z and ends 2027-03-11T12:00:00.000Z'
  const audit = 'the audit trail has not been signed since 2027-03-01T12:00:00.000Z; see the log'
  t.same(await authority.readiness(), [
    { component: 'database', ok: false },
    { component: 'issuer', ok: false },
    { component: 'crl', ok: true, warnings: [late] },
    { component: 'audit', ok: false, warnings: [audit] },
    { component: 'public-url', ok: true, warnings: ['only this machine'] },
  ])
  t.same(patience, [1_500])
  time.set('2027-03-11T12:00:00Z')
  const crl = (await authority.readiness()).find((part) => part.component === 'crl')
  t.same(crl, { component: 'crl', ok: false, warnings: ['the CRL of root is past its nextUpdate'] })
})

t.test('templates, tokens and the audit trail are handed on, with the name of who did it', async (t) => {
  const { authority, store } = await world('rest')
  t.same(
    authority
      .templates()
      .map((template) => template.name)
      .sort(),
    ['VPNGateway', 'WebServer'],
  )
  const { token, text } = await authority.createToken(ADMIN, { name: 'asa-team', role: 'requester' })
  t.equal((await authority.authenticate(text)).tokenId, token.id)
  await authority.revokeToken(ADMIN, token.id)
  t.match(store.audit.slice(-2), [
    { actor: 'admin', action: 'token.created', object: 'asa-team' },
    { actor: 'admin', action: 'token.revoked', object: 'asa-team' },
  ])
  t.equal((await authority.listTokens(ADMIN, { limit: 9 })).items.length, 1)
  t.equal((await authority.listAudit(ADMIN, { limit: 9 })).items.at(-1)?.action, 'token.revoked')
})
