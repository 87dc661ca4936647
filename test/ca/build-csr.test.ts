import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import forge from 'node-forge'
import * as pkijs from 'pkijs'
import t from 'tap'
import { buildCsr } from '../../src/ca/build-csr.js'
import { parseCsr } from '../../src/ca/csr.js'
import type { GeneralName } from '../../src/ca/general-name.js'
import { formatName, parseDistinguishedName } from '../../src/ca/name.js'
import { verifyProofOfPossession } from '../../src/ca/proof-of-possession.js'
import { OPENSSL, runReader } from '../support/second-reader.js'

const KEYS: readonly (readonly [name: string, key: KeyObject])[] = [
  ['RSA 2048', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['P-256', generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey],
  ['P-384', generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey],
]
const subject = parseDistinguishedName('CN=vpn.lab.example,O=Lab,C=GB')
const NAMES: readonly GeneralName[] = [
  { type: 'dns', value: 'vpn.lab.example' },
  { type: 'ip', value: '203.0.113.1' },
  { type: 'ip', value: '2001:db8::1' },
]

t.test('a request is read back with its subject, key and names, and proves possession', async (t) => {
  for (const [name, privateKey] of KEYS) {
    for (const subjectAltNames of [NAMES, []]) {
      const csr = parseCsr(buildCsr({ subject, privateKey, subjectAltNames }))
      t.equal(formatName(csr.subject), 'CN=vpn.lab.example,O=Lab,C=GB', name)
      t.same(csr.publicKey.spkiDer, createPublicKey(privateKey).export({ type: 'spki', format: 'der' }))
      t.equal(csr.signatureAlgorithm.digest, 'sha256')
      t.same(csr.subjectAltNames, subjectAltNames)
      t.equal(csr.requestedExtensions.length, subjectAltNames.length > 0 ? 1 : 0, 'nothing beside the names is asked for')
      await verifyProofOfPossession(csr)
    }
  }
})

t.test('openssl verifies it and reads the same', async (t) => {
  for (const [name, privateKey] of KEYS) {
    const read = (subjectAltNames: readonly GeneralName[]) =>
      runReader(t, OPENSSL, ['req', '-inform', 'DER', '-verify', '-noout', '-text', '-nameopt', 'RFC2253'], {
        input: buildCsr({ subject, privateKey, subjectAltNames }),
      })
    const named = read(NAMES)
    if (named) {
      t.match(named.stderr + named.stdout, /self-signature verify OK/i, name)
      t.match(named.stdout, /Subject: CN=vpn\.lab\.example,O=Lab,C=GB\n/)
      t.match(named.stdout, /DNS:vpn\.lab\.example, IP Address:203\.0\.113\.1, IP Address:2001:DB8:0:0:0:0:0:1\n/)
    }
    const bare = read([])
    if (bare) {
      t.match(bare.stderr + bare.stdout, /self-signature verify OK/i, name)
      t.match(bare.stdout, /Attributes:\s+\(none\)/)
    }
  }
})

t.test('pkijs verifies it under each key, node-forge under RSA', async (t) => {
  for (const [name, privateKey] of KEYS) {
    const request = pkijs.CertificationRequest.fromBER(new Uint8Array(buildCsr({ subject, privateKey, subjectAltNames: NAMES })))
    t.equal(await request.verify(), true, name)
    t.same(
      request.attributes?.map((attribute) => attribute.type),
      ['1.2.840.113549.1.9.14'],
    )
  }
  const [[, privateKey] = []] = KEYS
  if (!privateKey) throw new Error('no key')
  const der = buildCsr({ subject, privateKey, subjectAltNames: NAMES })
  const request = forge.pki.certificationRequestFromAsn1(forge.asn1.fromDer(der.toString('latin1')))
  t.equal(request.verify(), true)
  t.equal(request.subject.getField('CN')?.value, 'vpn.lab.example')
})
