import t from 'tap'
import { readDer } from '../../src/ca/der.js'
import { derBoolean, explicit, implicit, octetString, oid, sequence } from '../../src/ca/der-writer.js'
import {
  authorityInfoAccess,
  authorityKeyIdentifier,
  basicConstraints,
  crlDistributionPoints,
  extendedKeyUsage,
  extension,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
  templateName,
} from '../../src/ca/extensions.js'
import { ISSUING_EXTENSIONS, LEAF_EXTENSIONS, lintExtensions, ROOT_EXTENSIONS } from '../../src/ca/lint-extensions.js'
import { keyIdentifier } from '../../src/ca/public-key.js'
import { certificateContent, makeName, makeRequest, shippedTemplate, testRoot } from '../support/issuance.js'

const root = await testRoot('ca-p256')
const content = certificateContent(root)
const ski = subjectKeyIdentifier(keyIdentifier(content.publicKey.spkiDer))
const OTHER_ID = Buffer.alloc(20, 7)

/** Good extensions of a leaf by name, in their order. */
const GOOD = {
  ski,
  aki: authorityKeyIdentifier(root.keyIdentifier),
  cdp: crlDistributionPoints([root.urls.crl]),
  aia: authorityInfoAccess({ caIssuers: root.urls.caCertificate }),
  name: templateName('WebServer'),
  ku: keyUsage(['digitalSignature', 'keyEncipherment']),
  eku: extendedKeyUsage(['1.3.6.1.5.5.7.3.1']),
  san: subjectAltName(content.subjectAltNames, false),
}
type Part = keyof typeof GOOD

const lint = (parts: readonly Buffer[], changed = content): void =>
  lintExtensions(readDer(sequence(...parts)).children, LEAF_EXTENSIONS, changed)
const lintWith =
  (part: Part, octets: Buffer, changed = content) =>
  (): void =>
    lint(Object.values({ ...GOOD, [part]: octets }), changed)

t.test('the good extensions pass, in exactly this order', async (t) => {
  t.doesNotThrow(() => lint(Object.values(GOOD)))
  t.ok(Buffer.concat([GOOD.aki, GOOD.cdp, GOOD.aia]).equals(root.extensionsDer))
})

t.test('for every k: the k-th extension missing, twice or swapped with the next is found', async (t) => {
  const parts = Object.values(GOOD)
  for (let k = 0; k < parts.length; k++) {
    const at = parts[k] ?? Buffer.alloc(0)
    t.throws(() => lint(parts.toSpliced(k, 1)), { message: 'extensions are 7, not 8' })
    t.throws(() => lint(parts.toSpliced(k, 0, at)), { message: 'extensions are 9, not 8' })
    t.throws(() => lint(parts.toSpliced(k, 1, parts[(k + 1) % parts.length] ?? at)), {
      message: /is missing or out of order: [\d.]+ stands in its place$/,
    })
  }
})

t.test('for every k: the k-th extension with the other criticality is found', async (t) => {
  const parts = Object.values(GOOD)
  const messages = parts.map((part, k) => {
    const [id, ...rest] = readDer(part).children.map((node) => node.bytes)
    const value = rest.at(-1) ?? Buffer.alloc(0)
    const flipped = rest.length === 1 ? sequence(id ?? value, derBoolean(true), value) : sequence(id ?? value, value)
    try {
      lint(parts.with(k, flipped))
      return 'passes'
    } catch (error) {
      return error instanceof Error ? error.message : ''
    }
  })
  t.strictSame(messages, [
    'subjectKeyIdentifier must not be critical',
    'authorityKeyIdentifier must not be critical',
    'cRLDistributionPoints must not be critical',
    'authorityInfoAccess must not be critical',
    'template name must not be critical',
    'keyUsage must be critical',
    'extKeyUsage must not be critical',
    'subjectAltName must not be critical',
  ])
})

t.test('critical FALSE written out, and a value that is no OCTET STRING, are found (X.690, 11.5)', async (t) => {
  const [id, value] = readDer(GOOD.ski).children.map((node) => node.bytes)
  if (!id || !value) throw new Error('no extension')
  t.throws(lintWith('ski', sequence(id, derBoolean(false), value)), {
    message: 'subjectKeyIdentifier is no extension of OID, critical and value (X.690, 11.5)',
  })
  t.throws(lintWith('ski', sequence(id, derBoolean(false))), { message: 'subjectKeyIdentifier has no OCTET STRING as value' })
  t.throws(lintWith('ski', Buffer.of(5, 0)), { message: 'extensions hold something that is no extension' })
})

t.test('contents that differ from the profile are found', async (t) => {
  const cdp = 'cRLDistributionPoints'
  const aia = 'authorityInfoAccess'
  const cases: [Part, Buffer, string][] = [
    ['ski', subjectKeyIdentifier(OTHER_ID), 'subjectKeyIdentifier is not the SHA-1 of the key'],
    ['aki', authorityKeyIdentifier(OTHER_ID), "authorityKeyIdentifier is not the CA's key identifier alone"],
    [
      'aki',
      extension('2.5.29.35', false, sequence(implicit(0, root.keyIdentifier), implicit(2, Buffer.of(1)))),
      "authorityKeyIdentifier is not the CA's key identifier alone",
    ],
    [
      'cdp',
      crlDistributionPoints(['http://evil.example/pki/root.crl']),
      `${cdp} must be the address http://pki.lab.example/pki/root.crl, over plain http`,
    ],
    ['cdp', crlDistributionPoints([root.urls.crl, root.urls.crl]), `${cdp} is not one distribution point with one address`],
    [
      'cdp',
      extension(
        '2.5.29.31',
        false,
        sequence(sequence(explicit(0, explicit(0, implicit(6, Buffer.from(root.urls.crl)))), implicit(1, Buffer.of(0, 0x60)))),
      ),
      `${cdp} is not one distribution point with one address`,
    ],
    [
      'aia',
      authorityInfoAccess({ caIssuers: root.urls.caCertificate, ocsp: 'http://pki.lab.example/ocsp' }),
      `${aia} has a wrong number of addresses`,
    ],
    [
      'aia',
      authorityInfoAccess({ caIssuers: root.urls.crl }),
      `${aia} must be the address http://pki.lab.example/pki/root.cer, over plain http`,
    ],
    [
      'aia',
      extension(
        '1.3.6.1.5.5.7.1.1',
        false,
        sequence(sequence(oid('1.3.6.1.5.5.7.48.1'), implicit(6, Buffer.from(root.urls.caCertificate)))),
      ),
      `${aia} has another access method than 1.3.6.1.5.5.7.48.2`,
    ],
    ['name', templateName('User'), 'template name is not the BMPString WebServer'],
    [
      'name',
      extension('1.3.6.1.4.1.311.20.2', false, Buffer.from('0c09576562536572766572', 'hex')),
      'template name is not the BMPString WebServer',
    ],
    ['ku', keyUsage(['digitalSignature']), 'keyUsage is not digitalSignature and keyEncipherment'],
    [
      'ku',
      keyUsage(['digitalSignature', 'keyEncipherment', 'keyCertSign']),
      'keyUsage is not digitalSignature and keyEncipherment',
    ],
    ['ku', extension('2.5.29.15', true, Buffer.from('030204a0', 'hex')), 'keyUsage has trailing zero bits (X.690, 11.2.2)'],
    ['ku', extension('2.5.29.15', true, Buffer.from('03020000', 'hex')), 'keyUsage has trailing zero bits (X.690, 11.2.2)'],
    ['eku', extendedKeyUsage(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']), 'extKeyUsage is not that of template WebServer'],
    ['eku', extension('2.5.29.37', false, sequence()), 'extKeyUsage is not that of template WebServer'],
    [
      'san',
      subjectAltName([{ type: 'dns', value: 'evil.example' }], false),
      'subjectAltName holds another name than was decided',
    ],
    [
      'san',
      subjectAltName([...content.subjectAltNames, { type: 'dns', value: 'b.example' }], false),
      'subjectAltName does not hold as many names as were decided',
    ],
  ]
  for (const [part, octets, message] of cases) t.throws(lintWith(part, octets), { message }, message)
})

t.test('an address over https or ldap is found even where the issuer has it', async (t) => {
  for (const crl of ['https://pki.lab.example/pki/root.crl', 'ldap://dc.lab.example/cn=crl']) {
    const issuer = { ...root, urls: { ...root.urls, crl } }
    t.throws(lintWith('cdp', crlDistributionPoints([crl]), { ...content, issuer }), {
      message: `cRLDistributionPoints must be the address ${crl}, over plain http`,
    })
  }
})

t.test('with an OCSP address the issuer demands it, first in AIA', async (t) => {
  const ocsp = 'http://pki.lab.example/ocsp'
  const changed = { ...content, issuer: { ...root, urls: { ...root.urls, ocsp } } }
  t.doesNotThrow(lintWith('aia', authorityInfoAccess({ caIssuers: root.urls.caCertificate, ocsp }), changed))
  t.throws(lintWith('aia', GOOD.aia, changed), { message: 'authorityInfoAccess has a wrong number of addresses' })
})

t.test('a name of a type that the template does not take is found even where it was decided', async (t) => {
  const changed = { ...content, subjectAltNames: [{ type: 'upn', value: 'boss@lab.example' } as const] }
  t.throws(lintWith('san', subjectAltName(changed.subjectAltNames, false), changed), {
    message: 'subjectAltName holds a name of type upn, which the template does not take',
  })
})

t.test('with an empty subject subjectAltName must be critical (RFC 5280, 4.2.1.6)', async (t) => {
  const changed = { ...content, subjectDer: makeName().der }
  t.throws(lintWith('san', GOOD.san, changed), { message: 'subjectAltName must be critical' })
  t.doesNotThrow(lintWith('san', subjectAltName(content.subjectAltNames, true), changed))
})

t.test('an EC key may not have keyEncipherment (RFC 8813, 3)', async (t) => {
  const { publicKey } = makeRequest({ key: 'leaf-p256' })
  const changed = { ...content, publicKey, template: shippedTemplate('WebServer') }
  const parts = Object.values({ ...GOOD, ski: subjectKeyIdentifier(keyIdentifier(publicKey.spkiDer)) })
  t.throws(() => lint(parts, changed), { message: 'keyUsage is not digitalSignature' })
})

t.test('a CA says CA:TRUE, a root without and an issuing CA with path length 0', async (t) => {
  const { spkiDer } = root.signer
  const id = subjectKeyIdentifier(root.keyIdentifier)
  const usage = keyUsage(['digitalSignature', 'keyCertSign', 'cRLSign'])
  const rootLint =
    (...parts: Buffer[]) =>
    (): void =>
      lintExtensions(readDer(sequence(...parts)).children, ROOT_EXTENSIONS, { spkiDer })
  t.doesNotThrow(rootLint(id, basicConstraints(), usage))
  t.throws(rootLint(id, basicConstraints({ pathLength: 0 }), usage), {
    message: 'basicConstraints has a path length other than none',
  })
  t.throws(rootLint(id, extension('2.5.29.19', true, sequence()), usage), { message: 'basicConstraints does not say CA:TRUE' })
  t.throws(rootLint(id, extension('2.5.29.19', true, sequence(octetString(Buffer.of(1)))), usage), {
    message: 'basicConstraints does not say CA:TRUE',
  })
  t.throws(rootLint(id, basicConstraints(), keyUsage(['keyCertSign', 'cRLSign'])), {
    message: 'keyUsage is not digitalSignature and keyCertSign and cRLSign',
  })
  t.throws(rootLint(id, basicConstraints(), usage, extendedKeyUsage(['1.3.6.1.5.5.7.3.1'])), {
    message: 'extensions are 4, not 3',
  })

  const below = { spkiDer, parent: root }
  const issuingLint =
    (constraints: Buffer, access = GOOD.aia) =>
    (): void =>
      lintExtensions(readDer(sequence(id, GOOD.aki, GOOD.cdp, access, constraints, usage)).children, ISSUING_EXTENSIONS, below)
  t.doesNotThrow(issuingLint(basicConstraints({ pathLength: 0 })))
  t.throws(issuingLint(basicConstraints()), { message: 'basicConstraints has a path length other than 0' })
  t.throws(issuingLint(basicConstraints({ pathLength: 1 })), { message: 'basicConstraints has a path length other than 0' })
  const ocsp = authorityInfoAccess({ caIssuers: root.urls.caCertificate, ocsp: 'http://pki.lab.example/ocsp' })
  t.throws(issuingLint(basicConstraints({ pathLength: 0 }), ocsp), {
    message: 'authorityInfoAccess has a wrong number of addresses',
  })
})
