import t from 'tap'
import { der, derBoolean, oid, sequence, setOf } from '../../src/ca/der-writer.js'
import { keyUsageValue } from '../../src/ca/extensions.js'
import { ignoredExtensions } from '../../src/ca/ignored.js'
import { OID } from '../../src/ca/oid.js'
import { makeRequest } from '../support/issuance.js'

const value = sequence()

t.test('the KeyUsage of an ASA is what it gets, so that nothing is ignored', async (t) => {
  const a0 = { oid: OID.keyUsage, critical: true, value: keyUsageValue(['digitalSignature', 'keyEncipherment']) }
  const san = [{ type: 'dns', value: 'asa.lab.example' } as const]
  t.strictSame(ignoredExtensions(makeRequest({ extensions: [a0], subjectAltNames: san })), [])
  t.strictSame(ignoredExtensions(makeRequest({ extensions: [a0], key: 'leaf-p256' })), [
    { oid: '2.5.29.15', name: 'keyUsage', reason: 'the template and the type of key decide' },
  ])
  const signatureOnly = { ...a0, value: keyUsageValue(['digitalSignature']) }
  t.strictSame(ignoredExtensions(makeRequest({ extensions: [signatureOnly], key: 'leaf-p256' })), [])
  t.equal(ignoredExtensions(makeRequest({ extensions: [signatureOnly] })).length, 1)
})

t.test('every other extension is named with the reason, once, in the order of the request', async (t) => {
  const extensions = [
    { oid: OID.extKeyUsage, value: sequence(oid(OID.clientAuth)) },
    { oid: OID.basicConstraints, critical: true, value: sequence(derBoolean(true)) },
    { oid: OID.extKeyUsage, value },
    { oid: OID.msNtdsCaSecurity, value },
    { oid: '1.2.3.4', value },
  ]
  t.strictSame(ignoredExtensions(makeRequest({ extensions })), [
    { oid: '2.5.29.37', name: 'extKeyUsage', reason: 'the template alone decides what the certificate may be used for' },
    { oid: '2.5.29.19', name: 'basicConstraints', reason: 'only the CA itself is a CA' },
    { oid: '1.3.6.1.4.1.311.25.2', name: 'msNtdsCaSecurity', reason: 'an identity of a directory is never taken from a request' },
    { oid: '1.2.3.4', name: '1.2.3.4', reason: 'no template writes it' },
  ])
})

t.test('an attribute that would name a template or names is named too, others are of no interest', async (t) => {
  const text = (s: string): Buffer => der(0x1e, Buffer.from(s, 'utf16le').swap16())
  const pair = sequence(text('SAN'), text('upn=administrator@lab.local'))
  const attributes = [
    sequence(oid(OID.msEnrollmentNameValuePair), setOf(pair)),
    sequence(oid(OID.challengePassword), setOf(der(0x13, Buffer.from('x')))),
  ]
  t.strictSame(ignoredExtensions(makeRequest({ attributes })), [
    {
      oid: '1.3.6.1.4.1.311.13.2.1',
      name: 'msEnrollmentNameValuePair',
      reason: 'names and template are chosen by the call, not by attributes of the request',
    },
  ])
})
