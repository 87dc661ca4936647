import t from 'tap'
import {
  authorityInfoAccess,
  authorityKeyIdentifier,
  basicConstraints,
  crlDistributionPoints,
  extendedKeyUsage,
  extension,
  KEY_USAGE_BITS,
  keyUsage,
  keyUsageValue,
  subjectAltName,
  subjectKeyIdentifier,
  templateName,
} from '../../src/ca/extensions.js'

const hex = (der: Buffer): string => der.toString('hex')
const KEY_ID = Buffer.from('000102030405060708090a0b0c0d0e0f10111213', 'hex')

t.test('an extension that is not critical leaves the default out (X.690, 11.5)', async (t) => {
  t.equal(hex(extension('2.5.29.14', false, Buffer.of(5, 0))), '30090603551d0e04020500')
  t.equal(hex(extension('2.5.29.14', true, Buffer.of(5, 0))), '300c0603551d0e0101ff04020500')
})

t.test('KeyUsage has the octets of real certificates: A0, 80, and 86 for a CA', async (t) => {
  t.equal(hex(keyUsage(['digitalSignature', 'keyEncipherment'])), '300e0603551d0f0101ff0404030205a0')
  t.equal(hex(keyUsage(['keyEncipherment', 'digitalSignature'])), '300e0603551d0f0101ff0404030205a0')
  t.equal(hex(keyUsage(['digitalSignature'])), '300e0603551d0f0101ff040403020780')
  t.equal(hex(keyUsage(['digitalSignature', 'keyCertSign', 'cRLSign'])), '300e0603551d0f0101ff040403020186')
})

t.test('every set of usages is a BIT STRING without trailing zero bits (X.690, 11.2.2)', async (t) => {
  const wrong: string[] = []
  for (let set = 1; set < 2 ** KEY_USAGE_BITS.length; set++) {
    const bits = KEY_USAGE_BITS.filter((_, n) => (set & (1 << n)) !== 0)
    const [, length = 0, unused = 0, ...octets] = keyUsageValue(bits)
    const read = KEY_USAGE_BITS.filter((_, n) => ((octets[n >> 3] ?? 0) & (0x80 >> (n & 7))) !== 0)
    const last = octets.at(-1) ?? 0
    if (read.join() !== bits.join() || length !== octets.length + 1 || ((last >> unused) & 1) !== 1) wrong.push(bits.join())
  }
  t.strictSame(wrong, [])
})

t.test('ExtKeyUsage keeps the order of the template', async (t) => {
  t.equal(hex(extendedKeyUsage(['1.3.6.1.5.5.7.3.1'])), '30130603551d25040c300a06082b06010505070301')
  t.equal(
    hex(extendedKeyUsage(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.8.2.2'])),
    '301d0603551d250416301406082b0601050507030106082b06010505080202',
  )
})

t.test('key identifiers are 20 octets, the authority with the key identifier alone', async (t) => {
  t.equal(hex(subjectKeyIdentifier(KEY_ID)), `301d0603551d0e04160414${hex(KEY_ID)}`)
  t.equal(hex(authorityKeyIdentifier(KEY_ID)), `301f0603551d23041830168014${hex(KEY_ID)}`)
})

t.test('the CRL address is one distribution point whose fullName is a URI', async (t) => {
  const url = 'http://h/c.crl'
  const uri = `860e${Buffer.from(url).toString('hex')}`
  t.equal(hex(crlDistributionPoints([url])), `301f0603551d1f041830163014a012a010${uri}`)
})

t.test('AIA lists OCSP first where there is one', async (t) => {
  const issuers = `301806082b06010505073002860c${Buffer.from('http://h/c.r').toString('hex')}`
  t.equal(hex(authorityInfoAccess({ caIssuers: 'http://h/c.r' })), `302806082b06010505070101041c301a${issuers}`)
  const both = authorityInfoAccess({ caIssuers: 'http://h/c.r', ocsp: 'http://h/ocs' })
  t.ok(hex(both).indexOf('2b06010505073001') < hex(both).indexOf('2b06010505073002'))
})

t.test('BasicConstraints of a CA are critical, with a path length where one is given', async (t) => {
  t.equal(hex(basicConstraints()), '300f0603551d130101ff040530030101ff')
  t.equal(hex(basicConstraints({ pathLength: 0 })), '30120603551d130101ff040830060101ff020100')
})

t.test('subjectAltName is critical where it is told so', async (t) => {
  t.equal(hex(subjectAltName([{ type: 'dns', value: 'a.b' }], false)), '300e0603551d110407' + '3005' + '8203612e62')
  t.equal(hex(subjectAltName([{ type: 'dns', value: 'a.b' }], true)), '30110603551d110101ff0407' + '3005' + '8203612e62')
})

t.test('the template name is a bare BMPString, as Windows CAs write it', async (t) => {
  t.equal(hex(templateName('WebServer')), '302106092b06010401823714020414' + '1e12005700650062005300650072007600650072')
})
