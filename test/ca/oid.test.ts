import t from 'tap'
import { readDer, readOid } from '../../src/ca/der.js'
import { oid } from '../../src/ca/der-writer.js'
import { OID, oidName } from '../../src/ca/oid.js'

t.test('every identifier is one that DER can say, and stands once', async (t) => {
  const all = Object.values(OID)
  for (const dotted of all) t.equal(readOid(readDer(oid(dotted))), dotted)
  t.equal(new Set(all).size, all.length)
})

t.test('a known identifier has the name of its specification, an unknown one is shown as it is', async (t) => {
  t.equal(oidName('2.5.29.17'), 'subjectAltName')
  t.equal(oidName('1.3.6.1.4.1.311.25.2'), 'msNtdsCaSecurity')
  t.equal(oidName('1.3.6.1.4.1.99999.1'), '1.3.6.1.4.1.99999.1')
})
