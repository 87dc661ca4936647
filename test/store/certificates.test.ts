import t, { type Test } from 'tap'
import type { CertificateFilter } from '../../src/ca/ports.js'
import { findCertificate, findCertificates, listCertificates, listCertificatesStatement } from '../../src/store/certificates.js'
import { fillTables } from '../support/many-rows.js'
import { explain } from '../support/query-plan.js'
import { daysFromNow, NOW, openTestStore, sampleEvent, sampleIssuance, sampleToken, seed, serialOf } from '../support/store.js'

/** Seven certificates that differ in everything a filter looks at; number = order of issuance. */
async function sevenCertificates(t: Test) {
  const store = await openTestStore(t)
  const ledger = await store.openLedger('w')
  const ids = await seed(ledger)
  const otherId = await ledger.commit(sampleEvent('other'), { kind: 'tokenCreated', token: sampleToken('other') })
  const parts = [
    { notBefore: daysFromNow(-731), notAfter: daysFromNow(-1) },
    { notBefore: daysFromNow(-731), notAfter: daysFromNow(-2) },
    { tokenId: otherId, requester: 'other', notAfter: daysFromNow(10) },
    { template: 'VPNGateway', notAfter: daysFromNow(20) },
    { subject: 'CN=Müller\\, Ä\\"B,O=Lab', subjectValues: ['müller, ä"b', 'lab', 'back\\slash'] },
    { subjectAltNames: ['dns:shared.lab.example', 'ip:2001:db8::1', 'email:Admin@Lab.example', 'upn:Admin@Lab.example'] },
    { subjectAltNames: ['dns:shared.lab.example', 'uri:https://Lab.example/X', 'ip:203.0.113.1'] },
  ]
  for (const [index, part] of parts.entries()) {
    await ledger.commit(sampleEvent(serialOf(index + 1)), sampleIssuance(index + 1, ids, part))
  }
  const update = (n: number, state: string) =>
    store.pool.query('update certificates set state = $2 where request_id = $1', [n, state])
  await update(2, 'revoked')
  await update(6, 'revoked')
  await update(7, 'held')
  const list = async (filter: Partial<CertificateFilter>) =>
    (await listCertificates(store.pool, { now: NOW, ...filter }, { limit: 100 })).items.map(
      (certificate) => certificate.requestId,
    )
  return { ...store, ids, otherId, list }
}

t.test('a certificate is found by its serial, with all that was stored', async (t) => {
  const { pool, ids } = await sevenCertificates(t)
  const { subjectValues: _, ...stored } = sampleIssuance(4, ids, {
    template: 'VPNGateway',
    notAfter: daysFromNow(20),
  }).certificate
  const found = await findCertificate(pool, serialOf(4))
  t.same(found, { ...stored, id: found?.id, state: 'valid' })
  t.equal(await findCertificate(pool, serialOf(99)), undefined)
  const some = await findCertificates(pool, [serialOf(2), serialOf(99), serialOf(5)])
  t.same(some.map((certificate) => certificate.requestId).sort(), [2, 5])
})

t.test('each filter of the list selects what it says, newest first', async (t) => {
  const { list, otherId } = await sevenCertificates(t)
  t.same(await list({}), [7, 6, 5, 4, 3, 2, 1])
  t.same(await list({ tokenId: otherId }), [3])
  t.same(await list({ requester: 'other' }), [3])
  t.same(await list({ template: 'VPNGateway' }), [4])
  t.same(await list({ serial: serialOf(5).toUpperCase() }), [5])
  t.same(await list({ status: 'valid' }), [5, 4, 3])
  t.same(await list({ status: 'held' }), [7])
  t.same(await list({ status: 'revoked' }), [6, 2], 'revoked stays revoked when it expires')
  t.same(await list({ status: 'expired' }), [1])
  t.same(await list({ status: 'expired', now: daysFromNow(15) }), [3, 1], 'by expiry, latest first')
  t.same(await list({ template: 'WebServer', requester: 'other', status: 'valid' }), [3])
  t.same(await list({ template: 'none' }), [])
})

t.test('a subject is found by a value or as a whole, without case', async (t) => {
  const { list } = await sevenCertificates(t)
  t.same(await list({ subject: 'VPN3.lab.example' }), [3])
  t.same(await list({ subject: 'MÜLLER, Ä"B' }), [5])
  t.same(await list({ subject: 'back\\slash' }), [5])
  t.same(await list({ subject: 'cn=müller\\, ä\\"b,o=lab' }), [5])
  t.same(await list({ subject: 'lab' }), [7, 6, 5, 4, 3, 2, 1])
  t.same(await list({ subject: 'vpn' }), [], 'no part of a value')
})

t.test('a name is found with or without its type', async (t) => {
  const { list } = await sevenCertificates(t)
  t.same(await list({ subjectAltName: 'dns:SHARED.lab.example' }), [7, 6])
  t.same(await list({ subjectAltName: 'Shared.lab.example' }), [7, 6])
  t.same(await list({ subjectAltName: '2001:DB8::1' }), [6])
  t.same(await list({ subjectAltName: 'ip:203.0.113.1' }), [7])
  t.same(await list({ subjectAltName: 'admin@lab.example' }), [6])
  t.same(await list({ subjectAltName: 'upn:Admin@Lab.example' }), [6])
  t.same(await list({ subjectAltName: 'email:shared.lab.example' }), [])
  t.same(await list({ subjectAltName: 'lab' }), [], 'a value of the subject is none')
  t.same(await list({ subject: 'vpn3.lab.example', subjectAltName: 'dns:vpn3.lab.example', status: 'valid' }), [3])
  t.same(await list({ subject: 'vpn3.lab.example', subjectAltName: 'dns:vpn4.lab.example' }), [])
  t.same(await list({ subjectAltName: 'uri:https://Lab.example/X' }), [7])
})

t.test('expiry is filtered inclusively, and listed by expiry', async (t) => {
  const { list } = await sevenCertificates(t)
  t.same(await list({ notAfterFrom: daysFromNow(10), notAfterTo: daysFromNow(20) }), [4, 3])
  t.same(await list({ notAfterTo: daysFromNow(-1) }), [1, 2])
  t.same(await list({ notAfterFrom: daysFromNow(730) }), [7, 6, 5])
  t.same(await list({ subject: 'lab', status: 'expired' }), [1])
  t.same(await list({ subjectAltName: 'vpn3.lab.example', notAfterTo: daysFromNow(15) }), [3])
})

t.test('pages of any size are the list, by issuance and by expiry', async (t) => {
  const { pool, list } = await sevenCertificates(t)
  const filters = [{}, { notAfterFrom: daysFromNow(-100) }, { subject: 'lab' }, { subject: 'lab', notAfterTo: daysFromNow(999) }]
  for (const filter of filters) {
    const whole = await list(filter)
    for (let limit = 1; limit <= whole.length; limit++) {
      const paged: number[] = []
      let cursor: string | undefined
      do {
        const page = await listCertificates(pool, { now: NOW, ...filter }, { limit, ...(cursor === undefined ? {} : { cursor }) })
        t.ok(page.items.length <= limit)
        paged.push(...page.items.map((certificate) => certificate.requestId))
        cursor = page.nextCursor
      } while (cursor !== undefined)
      t.same(paged, whole, `limit ${limit}`)
    }
  }
})

t.test('a cursor of another list is refused', async (t) => {
  const { pool } = await sevenCertificates(t)
  const byId = await listCertificates(pool, { now: NOW }, { limit: 2 })
  await t.rejects(
    listCertificates(
      pool,
      { now: NOW, status: 'expired' },
      { limit: 2, ...(byId.nextCursor ? { cursor: byId.nextCursor } : {}) },
    ),
    { code: 'query-invalid' },
  )
})

t.test('no list reads the table from end to end', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  await fillTables(pool, await seed(await openLedger('w')), 30_000)
  const { rows } = await pool.query<{ now: Date }>('select now()')
  const now = rows[0]?.now ?? NOW
  const filters: readonly (readonly [Partial<CertificateFilter>, string | undefined])[] = [
    [{}, 'certificates_pkey'],
    [{ tokenId: 3 }, undefined],
    [{ requester: 'token-3' }, undefined],
    [{ requester: 'nobody' }, 'certificates_requester_id_idx'],
    [{ template: 'VPNGateway' }, undefined],
    [{ template: 'none' }, 'certificates_template_id_idx'],
    [{ serial: serialOf(7) }, 'certificates_serial_key'],
    [{ subject: 'vpn77.lab.example' }, 'certificate_names_pkey'],
    [{ subject: 'lab' }, 'certificate_names_pkey'],
    [{ subjectAltName: 'vpn77.lab.example' }, 'certificate_names_pkey'],
    [{ subjectAltName: 'dns:vpn77.lab.example' }, 'certificate_names_pkey'],
    [{ status: 'valid' }, undefined],
    [{ status: 'held' }, 'certificates_not_valid_idx'],
    [{ status: 'revoked' }, undefined],
    [{ status: 'expired' }, 'certificates_not_after_id_idx'],
    [
      { notAfterFrom: new Date(now.getTime() + 60_000), notAfterTo: new Date(now.getTime() + 600_000) },
      'certificates_not_after_id_idx',
    ],
    [{ subject: 'vpn77.lab.example', status: 'expired' }, 'certificate_names_pkey'],
    [{ subject: 'lab', status: 'expired' }, undefined],
    [{ status: 'valid', template: 'VPNGateway', requester: 'token-3' }, undefined],
  ]
  for (const [filter, index] of filters) {
    for (const page of ['first', 'next']) {
      const expiry = filter.status === 'expired' || filter.notAfterFrom !== undefined
      const before = page === 'first' ? undefined : expiry ? [new Date(now.getTime() - 60_000), 1_000] : [15_000]
      const { scanned, indexes } = await explain(pool, listCertificatesStatement({ now, ...filter }, before, 51))
      const name = `${JSON.stringify(filter)}, ${page} page: ${indexes.join()}`
      t.same(scanned, [], name)
      t.ok(indexes.length > 0 && (index === undefined || page === 'next' || indexes.includes(index)), name)
    }
  }
})

t.test('what was issued is fixed, revoked stays revoked, and the unexpired stays', async (t) => {
  const { pool } = await sevenCertificates(t)
  const refused = {
    message: 'an issued certificate is fixed, a revoked one stays revoked, and an unexpired one is never removed',
  }
  await t.rejects(pool.query(`update certificates set subject = 'CN=other'`), refused)
  await t.rejects(pool.query(`update certificates set certificate_der = '\\x00'`), refused)
  await t.rejects(pool.query(`update certificates set state = 'valid' where state = 'revoked'`), refused)
  await t.rejects(pool.query('truncate certificates'), refused)
  await t.rejects(pool.query(`delete from certificates where serial = $1`, [serialOf(5)]), refused)
})
