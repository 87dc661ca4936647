import t from 'tap'
import { chainEvents, emptyHead } from '../../src/ca/audit-chain.js'
import { findCertificateIds, writeBatch } from '../../src/store/issuances.js'
import { withSession } from '../../src/store/pool.js'
import { openTestStore, sampleEvent, sampleIssuance, seed, serialOf, violated } from '../support/store.js'

t.test('a batch is written in its order, and names are kept once per certificate', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const ledger = await openLedger('w')
  const ids = await seed(ledger)
  const events = chainEvents(ledger.heads()[0] ?? emptyHead('w'), [sampleEvent('1'), sampleEvent('refused'), sampleEvent('2')])
  const odd = {
    subjectValues: ['a"b\\c,{d}', '', 'null', 'ü'],
    subject: 'CN=X',
    subjectAltNames: ['dns:Ü.example', 'ip:::1', 'dns:null'],
  }
  const written = await withSession(pool, (client) =>
    writeBatch(client, events, [sampleIssuance(1, ids), sampleIssuance(2, ids, odd)]),
  )
  t.same([...written.keys()], [serialOf(1), serialOf(2)])
  const names = await pool.query<{ name: string }>('select name from certificate_names where certificate_id = $1', [
    written.get(serialOf(2)),
  ])
  t.same(names.rows.map(({ name }) => name).sort(), ['', '::1', 'a"b\\c,{d}', 'cn=x', 'null', 'ü', 'ü.example'].sort())
  const stored = await pool.query('select subject_values, subject_alt_names from certificates where serial = $1', [serialOf(2)])
  t.same(stored.rows, [{ subject_values: [...odd.subjectValues, 'cn=x'], subject_alt_names: odd.subjectAltNames }])
  const found = await withSession(pool, (client) => findCertificateIds(client, [serialOf(2), serialOf(3)]))
  t.same([...found], [[serialOf(2), written.get(serialOf(2))]])
})

t.test('a batch with one fault leaves nothing', async (t) => {
  const { pool, openLedger } = await openTestStore(t)
  const ledger = await openLedger('w')
  const ids = await seed(ledger)
  const events = chainEvents(ledger.heads()[0] ?? emptyHead('w'), [sampleEvent('1'), sampleEvent('2')])
  const faulty = [
    [sampleIssuance(1, ids), sampleIssuance(2, ids, { serial: serialOf(1) })],
    [sampleIssuance(1, ids), sampleIssuance(2, ids, { serial: '00'.repeat(16) })],
    [sampleIssuance(1, ids), sampleIssuance(2, { ...ids, issuerId: 99 })],
  ]
  const constraints = ['certificates_serial_key', 'certificates_serial_form', 'certificates_issuer_id_fkey']
  for (const [index, issuances] of faulty.entries()) {
    t.equal(await violated(withSession(pool, (client) => writeBatch(client, events, issuances))), constraints[index])
  }
  const { rows } = await pool.query('select (select count(*) from requests) r, (select count(*) from audit_events) e')
  t.same(rows, [{ r: 0, e: 2 }])
})
