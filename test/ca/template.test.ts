import t from 'tap'
import { loadTemplates, parseTemplate } from '../../src/ca/template.js'
import { shippedTemplates } from '../support/issuance.js'

const webServer = {
  name: 'Test',
  displayName: 'Test',
  description: 'For tests.',
  default: true,
  validityDays: 730,
  keyUsage: { rsa: ['digitalSignature', 'keyEncipherment'], ec: ['digitalSignature'] },
  extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
  subject: 'enrollee',
  subjectAltName: { allow: ['dns', 'ip'], addressFromUnstructuredAddress: false, wildcards: false },
  approval: false,
}
const parse = (change: object): unknown => parseTemplate({ ...webServer, ...change }, 'Test.json')
const file = (name: string, change: object): { name: string; text: string } => ({
  name: `${name}.json`,
  text: JSON.stringify({ ...webServer, name, ...change }),
})

t.test('the shipped templates are WebServer, the default, and VPNGateway', async (t) => {
  const templates = shippedTemplates()
  t.strictSame([...templates.keys()].sort(), ['VPNGateway', 'WebServer'])
  const [web, vpn] = [templates.get('WebServer'), templates.get('VPNGateway')]
  t.match(web, {
    displayName: 'Web Server',
    default: true,
    validitySeconds: 63_072_000,
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
    subjectAltName: { allow: ['dns', 'ip'], addressFromUnstructuredAddress: false },
  })
  t.match(vpn, {
    default: false,
    validitySeconds: 63_072_000,
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.8.2.2'],
    subjectAltName: { allow: ['dns', 'ip'], addressFromUnstructuredAddress: true },
  })
})

t.test('what is the same in every certificate is encoded once: template name, KeyUsage, ExtKeyUsage', async (t) => {
  const web = shippedTemplates().get('WebServer')
  const name = '302106092b060104018237140204141e12005700650062005300650072007600650072'
  const eku = '30130603551d25040c300a06082b06010505070301'
  t.equal(web?.extensionsDer.rsa.toString('hex'), `${name}300e0603551d0f0101ff0404030205a0${eku}`)
  t.equal(web?.extensionsDer.ec.toString('hex'), `${name}300e0603551d0f0101ff040403020780${eku}`)
})

t.test('ESC1, ESC2, ESC3: a purpose that would let the requester be somebody else is refused with its reason', async (t) => {
  const refused = (purpose: string, shown: string, reason: string): void => {
    t.throws(() => parse({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.1', purpose] }), {
      code: 'internal',
      detail: `template file Test.json, /extendedKeyUsage ("${shown}"): cannot stand in a template whose subject the requester chooses: ${reason}`,
    })
  }
  const login = 'the requester could log in under any name that he writes into the request'
  refused('1.3.6.1.5.5.7.3.2', 'clientAuth', login)
  refused('1.3.6.1.4.1.311.20.2.2', 'smartcardLogon', login)
  refused('1.3.6.1.5.2.3.4', 'pkinitClientAuth', login)
  refused('2.5.29.37.0', 'anyExtendedKeyUsage', 'any purpose includes logging in and signing requests for others')
  refused('1.3.6.1.4.1.311.20.2.1', 'certificateRequestAgent', 'its holder could enroll on behalf of others')
  refused('1.3.6.1.5.5.7.3.9', 'ocspSigning', 'its holder could answer for the state of every certificate of this CA')
  refused('1.3.6.1.5.2.3.5', 'pkinitKdc', 'its holder could pose as a domain controller')
  refused('1.3.6.1.5.5.7.3.3', 'codeSigning', 'its holder could sign programs under any name')
})

t.test('ESC2: a template without any purpose is refused', async (t) => {
  t.throws(() => parse({ extendedKeyUsage: [] }), {
    code: 'internal',
    detail: 'template file Test.json, /extendedKeyUsage ([]): must be a list of different dotted OIDs with at least one entry',
  })
})

t.test('ESC9, ESC13: a template cannot say anything about policies or extensions to leave out', async (t) => {
  for (const field of ['certificatePolicies', 'applicationPolicies', 'disableExtensions', 'roles', '__proto__x']) {
    t.throws(() => parse({ [field]: [] }), {
      code: 'internal',
      detail: new RegExp(`^template file Test.json, /${field} \\(\\[\\]\\): is no field of a template; there are name, `),
    })
  }
})

t.test('usages of a CA, and enciphering with an EC key, are refused (RFC 5280, 4.2.1.9; RFC 8813, 3)', async (t) => {
  const rsa = ['digitalSignature']
  const ec = ['digitalSignature']
  for (const bit of ['keyCertSign', 'cRLSign', 'keyAgreement']) {
    t.throws(() => parse({ keyUsage: { rsa: [bit], ec } }), {
      code: 'internal',
      detail: `template file Test.json, /keyUsage/rsa (["${bit}"]): must be a list with at least one of digitalSignature, nonRepudiation, keyEncipherment, dataEncipherment`,
    })
  }
  t.throws(() => parse({ keyUsage: { rsa, ec: ['keyEncipherment'] } }), {
    code: 'internal',
    detail:
      'template file Test.json, /keyUsage/ec (["keyEncipherment"]): must be a list with at least one of digitalSignature, nonRepudiation, keyAgreement',
  })
  t.throws(() => parse({ keyUsage: { rsa } }), { code: 'internal', detail: /\/keyUsage\/ec \(absent\): must be a list/ })
})

t.test('each field is checked, and the message names file, field, value and what is accepted', async (t) => {
  const cases: [object, string][] = [
    [{ name: 'Web Server' }, '/name ("Web Server"): must be a letter and up to 63 letters and digits'],
    [{ displayName: '' }, '/displayName (""): must be a text'],
    [{ description: 7 }, '/description (7): must be a text'],
    [{ default: 'yes' }, '/default ("yes"): must be true or false'],
    [{ validityDays: 1 }, '/validityDays (1): must be a whole number of days from 2 to 9131'],
    [{ validityDays: 10.5 }, '/validityDays (10.5): must be a whole number of days from 2 to 9131'],
    [
      { extendedKeyUsage: ['serverAuth'] },
      '/extendedKeyUsage (["serverAuth"]): must be a list of different dotted OIDs with at least one entry',
    ],
    [
      { extendedKeyUsage: ['1.2.3', '1.2.3'] },
      '/extendedKeyUsage (["1.2.3","1.2.3"]): must be a list of different dotted OIDs with at least one entry',
    ],
    [{ keyUsage: [] }, '/keyUsage ([]): must be an object with rsa and ec'],
    [{ subject: 'directory' }, '/subject ("directory"): must be "enrollee"'],
    [{ approval: true }, '/approval (true): must be false: requests are decided at once'],
    [{ subjectAltName: null }, '/subjectAltName (null): must be an object'],
    [
      { subjectAltName: { ...webServer.subjectAltName, allow: ['uri'] } },
      '/subjectAltName/allow (["uri"]): must be a list with at least one of dns, ip, email, upn',
    ],
    [
      { subjectAltName: { allow: ['dns'], wildcards: false } },
      '/subjectAltName/addressFromUnstructuredAddress (absent): must be true or false',
    ],
    [
      { subjectAltName: { ...webServer.subjectAltName, critical: true } },
      '/subjectAltName/critical (true): is no field of a template; there are allow, addressFromUnstructuredAddress, wildcards',
    ],
  ]
  for (const [change, message] of cases)
    t.throws(() => parse(change), { code: 'internal', detail: `template file Test.json, ${message}` })
  t.throws(() => parseTemplate([], 'Test.json'), {
    code: 'internal',
    detail: 'template file Test.json, / ([]): must be an object',
  })
})

t.test('a set of templates has one default, and each file the name of its template', async (t) => {
  t.strictSame([...loadTemplates([file('A', {}), file('B', { default: false })]).keys()], ['A', 'B'])
  t.throws(() => loadTemplates([file('A', {}), file('B', {})]), {
    code: 'internal',
    detail: 'exactly one template must have "default": true, and A and B do',
  })
  t.throws(() => loadTemplates([file('A', { default: false })]), {
    code: 'internal',
    detail: 'exactly one template must have "default": true, and none does',
  })
  t.throws(() => loadTemplates([{ ...file('A', {}), name: 'B.json' }]), {
    code: 'internal',
    detail: `template file B.json, /name ("A"): must be the file's name without .json`,
  })
  t.throws(() => loadTemplates([{ name: 'A.json', text: '{' }]), {
    code: 'internal',
    detail: /^template file A\.json is not JSON: /,
  })
})
