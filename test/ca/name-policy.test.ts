import t from 'tap'
import type { GeneralName } from '../../src/ca/general-name.js'
import { decideNames, type NameQuestion, type RequestedNames } from '../../src/ca/name-policy.js'
import { OID } from '../../src/ca/oid.js'
import { CaError } from '../../src/errors.js'
import { type Attribute, commonName, makeName, shippedTemplate } from '../support/issuance.js'

const webServer = shippedTemplate('WebServer')
const vpnGateway = shippedTemplate('VPNGateway')
const unstructuredName = (value: string): Attribute => ({ type: OID.unstructuredName, value, tag: 0x16 })
const unstructuredAddress = (value: string): Attribute => ({ type: OID.unstructuredAddress, value, tag: 0x13 })

interface Asked extends Partial<Omit<NameQuestion, 'csr'>> {
  readonly subject?: readonly (Attribute | readonly Attribute[])[]
  readonly san?: readonly GeneralName[]
}
const decide = ({ subject = [], san = [], ...rest }: Asked) =>
  decideNames({
    csr: { subject: makeName(...subject), subjectAltNames: san },
    requested: {},
    template: webServer,
    patterns: {},
    wildcards: false,
    ...rest,
  })
const names = (asked: Asked): string[] => decide(asked).subjectAltNames.map(({ type, value }) => `${type}:${value}`)
const codes = (asked: Asked): string[] => decide(asked).warnings.map(({ code }) => code)
const dns = (value: string): GeneralName => ({ type: 'dns', value })

t.test('the request of an ASA: FQDN in SAN, address in the subject only', async (t) => {
  const asa: Asked = {
    subject: [commonName('asa.lab.example'), [unstructuredAddress('203.0.113.1'), unstructuredName('asa.lab.example')]],
    san: [dns('asa.lab.example')],
  }
  t.strictSame(names(asa), ['dns:asa.lab.example'])
  t.strictSame(names({ ...asa, template: vpnGateway }), ['dns:asa.lab.example', 'ip:203.0.113.1'])
  const decided = decide(asa)
  t.strictSame([decided.warnings, decided.ignored], [[], []])
})

t.test('names of the request come first, then those of the call, each once in its first spelling', async (t) => {
  const requested = { dns: ['B.example', 'c.example', 'a.EXAMPLE'], ip: ['2001:DB8:0::1', '203.0.113.1'] }
  const san = [dns('a.example'), { type: 'ip', value: '203.0.113.1' } as const, dns('b.example')]
  t.strictSame(names({ san, requested, subject: [commonName('cn.example')] }), [
    'dns:a.example',
    'dns:b.example',
    'dns:c.example',
    'ip:203.0.113.1',
    'ip:2001:db8::1',
  ])
})

t.test('without a dNSName the CN is the name, and the answer says so', async (t) => {
  const asked = { subject: [commonName('vpn.lab.example'), unstructuredName('asa')] }
  t.strictSame(names(asked), ['dns:vpn.lab.example'])
  t.strictSame(decide(asked).warnings, [
    {
      code: 'name-from-common-name',
      detail: 'neither request nor call name a host, so subjectAltName has the CN: vpn.lab.example',
    },
  ])
  t.strictSame(names({ ...asked, san: [{ type: 'ip', value: '203.0.113.1' }] }), ['dns:vpn.lab.example', 'ip:203.0.113.1'])
})

t.test('one label is a name', async (t) => {
  t.strictSame(names({ subject: [commonName('Manual')] }), ['dns:Manual'])
  t.strictSame(names({ subject: [unstructuredName('ciscoasa')] }), ['dns:ciscoasa'])
})

t.test('without a DNS-shaped CN the unstructuredName is the name, and the answer says so', async (t) => {
  const asked = { subject: [commonName('Lab ASA 1'), unstructuredName('asa.local')] }
  t.strictSame(names(asked), ['dns:asa.local'])
  t.strictSame(decide(asked).warnings, [
    {
      code: 'name-from-unstructured-name',
      detail: 'neither request nor call name a host, so subjectAltName has the unstructuredName: asa.local',
    },
  ])
})

t.test('an address in the CN goes into SAN as iPAddress, with a warning', async (t) => {
  const asked = { subject: [commonName('203.0.113.1')] }
  t.strictSame(names(asked), ['ip:203.0.113.1'])
  t.strictSame(decide(asked).warnings, [
    {
      code: 'ip-in-common-name',
      detail:
        'the CN holds an IP address (203.0.113.1), which was put into subjectAltName, since clients match the names there; better set `fqdn` in the trustpoint and let people connect by that name',
    },
  ])
  const both = { subject: [commonName('2001:DB8::1'), unstructuredName('asa.lab')] }
  t.strictSame(names(both), ['dns:asa.lab', 'ip:2001:db8::1'])
  t.strictSame(codes(both), ['name-from-unstructured-name', 'ip-in-common-name'])
  t.strictSame(names({ ...asked, san: [dns('a.example')] }), ['dns:a.example', 'ip:203.0.113.1'])
})

t.test('no name at all is refused with both remedies', async (t) => {
  for (const subject of [
    [],
    [commonName('Lab ASA 1')],
    [unstructuredAddress('203.0.113.1')],
    [{ type: OID.organizationName, value: 'lab.example' }],
  ]) {
    t.throws(() => decide({ subject }), {
      code: 'name-missing',
      detail:
        '/subjectAltNames: no name to put into subjectAltName; give `subjectAltNames` in the call, or set `fqdn` in the trustpoint',
    })
  }
  t.strictSame(names({ subject: [unstructuredAddress('203.0.113.1')], template: vpnGateway }), ['ip:203.0.113.1'])
  t.strictSame(names({ requested: { dns: ['vpn.lab.example'] } }), ['dns:vpn.lab.example'])
  t.strictSame(names({ requested: { ip: ['203.0.113.1'] } }), ['ip:203.0.113.1'])
})

t.test('the subject is given back octet for octet', async (t) => {
  const subject = makeName({ type: OID.commonName, value: 'a.example', tag: 0x1e }, [
    unstructuredAddress('203.0.113.1'),
    unstructuredName('a'),
  ])
  const decided = decideNames({
    csr: { subject, subjectAltNames: [] },
    requested: {},
    template: webServer,
    patterns: {},
    wildcards: false,
  })
  t.ok(decided.subjectDer.equals(subject.der))
  t.equal(decided.subject, subject)
})

t.test('the call is refused for a type that the template does not take; the request is not', async (t) => {
  t.throws(() => decide({ subject: [commonName('a.example')], requested: { email: ['a@lab.example'] } }), {
    code: 'name-type-not-permitted',
    detail:
      '/subjectAltNames/email (a@lab.example): template WebServer takes names of type dns and ip only; leave it out, or choose another template',
  })
  t.throws(() => decide({ subject: [commonName('a.example')], requested: { upn: ['a@lab.example'] } }), {
    code: 'name-type-not-permitted',
    errors: [{ pointer: '/subjectAltNames/upn' }],
  })
  const decided = decide({
    subject: [commonName('a.example')],
    san: [
      { type: 'email', value: 'a@lab.example' },
      { type: 'upn', value: 'boss@lab.local' },
      { type: 'uri', value: `tag:microsoft.com,2022-09-14:sid:${'S-1-5-21'.repeat(20)}` },
      { type: 'other', value: 'directoryName CN=boss' },
    ],
    requested: { email: [], upn: [] },
  })
  t.strictSame(decided.subjectAltNames, [dns('a.example')])
  t.strictSame(
    decided.ignored.map(({ oid, name, reason }) => [oid, name.slice(0, 40), reason]),
    ['email:a@lab.example', 'upn:boss@lab.local', 'uri:tag:microsoft.com,2022', 'other:directoryName CN=bo'].map((shown) => [
      '2.5.29.17',
      `subjectAltName ${shown}`.slice(0, 40),
      'template WebServer takes names of type dns and ip only',
    ]),
  )
  t.ok((decided.ignored[2]?.name.length ?? 0) <= 120, 'a long value is cut')
})

t.test('a wildcard in CN, unstructuredName, SAN or call needs template and caller, and is warned about', async (t) => {
  const wild = '*.lab.example'
  const places: Asked[] = [
    { subject: [commonName(wild)] },
    { subject: [commonName(wild)], san: [dns('a.example')] },
    { subject: [commonName('a.example'), unstructuredName(wild)] },
    { subject: [commonName('a.example')], san: [dns(wild)] },
    { subject: [commonName('a.example')], requested: { dns: [wild] } },
  ]
  for (const place of places) {
    t.throws(() => decide(place), { code: 'name-wildcard' })
    t.throws(() => decide({ ...place, wildcards: true, template: vpnGateway }), { code: 'name-wildcard' })
    t.doesNotThrow(() => decide({ ...place, wildcards: true }))
    t.throws(() => decide({ ...place, wildcards: true, patterns: { dns: ['a.example'] } }), { code: 'name-not-permitted' })
  }
  t.strictSame(codes({ san: [dns(wild)], wildcards: true }), ['wildcard'])
})

t.test('for a caller with patterns a CN that matches none is refused, free text too', async (t) => {
  const patterns = { dns: ['*.lab.example'] }
  const san = [dns('vpn.lab.example')]
  t.doesNotThrow(() => decide({ san, subject: [commonName('Lab ASA 1')] }))
  for (const value of ['Lab ASA 1', 'vpn.other.example', 'administrator', 'asa_1']) {
    t.throws(() => decide({ san, patterns, subject: [commonName(value)] }), {
      code: 'name-not-permitted',
      detail: `/csr (${value}): the CN is not among the names that this token may have; use a name that is, or ask an admin for a token that allows it`,
    })
  }
  t.doesNotThrow(() => decide({ san, patterns, subject: [commonName('asa.lab.example')] }))
  t.throws(() => decide({ san, patterns, subject: [unstructuredName('some text')] }), {
    code: 'name-not-permitted',
    detail: /^\/csr \(some text\): the unstructuredName is not among/,
  })
})

/** One name of each place, allowed by PATTERNS; `forbidden` is of the same kind and not allowed. */
interface Place {
  readonly put: (
    asked: Required<Pick<Asked, 'subject' | 'san'>> & { requested: Required<RequestedNames> },
    value: string,
  ) => typeof asked
  readonly allowed: string
  readonly forbidden: string
}
const PATTERNS = { dns: ['*.ok.example'], ip: ['203.0.113.0/24'], email: ['*@ok.example'], upn: ['*@ok.example'] }
const FORBIDDEN = { dns: 'vpn.bad.example', ip: '198.51.100.1', mail: 'a@bad.example' }
const inSubject =
  (attribute: (value: string) => Attribute): Place['put'] =>
  (asked, value) => ({ ...asked, subject: [...asked.subject, attribute(value)] })
const inSan =
  (type: 'dns' | 'ip' | 'email' | 'upn'): Place['put'] =>
  (asked, value) => ({ ...asked, san: [...asked.san, { type, value }] })
const inCall =
  (type: 'dns' | 'ip'): Place['put'] =>
  (asked, value) => ({ ...asked, requested: { ...asked.requested, [type]: [...asked.requested[type], value] } })
const PLACES: readonly Place[] = [
  { put: inSubject(commonName), allowed: 'cn.ok.example', forbidden: FORBIDDEN.dns },
  { put: inSubject(commonName), allowed: '203.0.113.7', forbidden: FORBIDDEN.ip },
  { put: inSubject(commonName), allowed: 'x@ok.example', forbidden: 'Lab ASA 1' },
  { put: inSubject(unstructuredName), allowed: 'un.ok.example', forbidden: 'asa' },
  { put: inSubject(unstructuredAddress), allowed: '203.0.113.8', forbidden: FORBIDDEN.ip },
  {
    put: inSubject((value) => ({ type: OID.emailAddress, value, tag: 0x16 })),
    allowed: 'e@ok.example',
    forbidden: FORBIDDEN.mail,
  },
  { put: inSan('dns'), allowed: 'san.ok.example', forbidden: FORBIDDEN.dns },
  { put: inSan('ip'), allowed: '203.0.113.9', forbidden: FORBIDDEN.ip },
  { put: inSan('email'), allowed: 'm@ok.example', forbidden: FORBIDDEN.mail },
  { put: inSan('upn'), allowed: 'u@ok.example', forbidden: FORBIDDEN.mail },
  { put: inCall('dns'), allowed: 'call.ok.example', forbidden: FORBIDDEN.dns },
  { put: inCall('ip'), allowed: '203.0.113.10', forbidden: FORBIDDEN.ip },
]

/** A mix of places of this length that differs from run to run of the loop and never from run to run of the test. */
const mix = (run: number, length: number): Place[] =>
  Array.from({ length }, (_, i) => PLACES[(run * 7 + i * (1 + (run % 5))) % PLACES.length]).filter((place) => place !== undefined)

const ask = (places: readonly Place[], bad = -1): Asked => {
  const empty = { subject: [], san: [], requested: { dns: [], ip: [], email: [], upn: [] } }
  return places.reduce(
    (asked, place, i) => place.put(asked, i === bad ? place.forbidden : place.allowed),
    empty as Parameters<Place['put']>[0],
  )
}

t.test('for every k: a forbidden k-th name alone refuses the request, wherever it stands', async (t) => {
  const found: string[] = []
  for (let run = 0; run < 60; run++) {
    const places = [...mix(run, 1 + (run % 10)), { put: inCall('dns'), allowed: 'last.ok.example', forbidden: FORBIDDEN.dns }]
    decide({ ...ask(places), patterns: PATTERNS })
    for (let k = 0; k < places.length; k++) {
      try {
        decide({ ...ask(places, k), patterns: PATTERNS })
        found.push(`run ${run}: forbidden name ${k} of ${places.length} passes`)
      } catch (error) {
        const value = error instanceof CaError ? error.errors[0]?.value : undefined
        if (!(error instanceof CaError) || error.code !== 'name-not-permitted' || value !== places[k]?.forbidden)
          found.push(`run ${run}, ${k}: ${error}`)
      }
    }
  }
  t.strictSame(found, [])
})

t.test('the lists of patterns are read once, however many requests and names come', async (t) => {
  let reads = 0
  const list = <T>(value: T): PropertyDescriptor => ({
    get: () => {
      reads++
      return value
    },
  })
  const patterns = Object.defineProperties({}, { dns: list(PATTERNS.dns), ip: list(PATTERNS.ip) })
  const asked = { subject: [commonName('cn.ok.example')], patterns }
  decide(asked)
  const once = reads
  decide({ ...asked, san: Array.from({ length: 300 }, (_, i) => dns(`h${i}.ok.example`)) })
  // Whether there is any list is asked for each free text; the lists themselves are not read again.
  t.equal(reads, once)
})

t.test('with DNS patterns alone no address and no person gets in, be it in call, request or subject', async (t) => {
  const patterns = { dns: ['*.lab.example'] }
  const vpn = commonName('vpn.lab.example')
  const hidden: Asked[] = [
    { requested: { ip: ['8.8.8.8'] } },
    { san: [{ type: 'ip', value: '8.8.8.8' }] },
    { san: [{ type: 'upn', value: 'administrator@lab.example' }] },
    { subject: [vpn, commonName('10.0.0.1')] },
    { subject: [vpn, { type: OID.emailAddress, value: 'root@lab.example', tag: 0x16 }] },
    { subject: [vpn, { type: '0.9.2342.19200300.100.1.3', value: 'root@lab.example' }] },
    { subject: [vpn, { type: OID.userId, value: 'root' }] },
    { subject: [vpn, { type: OID.msUserPrincipalName, value: 'administrator@lab.example' }] },
    { subject: [vpn, { type: OID.domainComponent, value: 'bank', tag: 0x16 }] },
    { subject: [vpn, { type: OID.organizationName, value: 'admin@bank.example' }] },
    { subject: [vpn, { type: OID.organizationalUnitName, value: 'www.bank.example' }] },
    { subject: [vpn, { type: OID.localityName, value: '8.8.8.8' }] },
    { subject: [vpn, { type: '1.3.6.1.4.1.99999.1', value: 'anything' }] },
  ]
  for (const asked of hidden) {
    t.throws(() => decide({ subject: [vpn], ...asked, patterns }), { code: 'name-not-permitted' }, JSON.stringify(asked))
    t.doesNotThrow(() => decide({ subject: [vpn], ...asked }), 'a caller without patterns may have it')
  }
  const fine = [
    vpn,
    { type: OID.organizationName, value: 'Lab Inc.' },
    { type: OID.organizationalUnitName, value: 'www.lab.example' },
    { type: OID.domainComponent, value: 'example', tag: 0x16 },
    { type: OID.domainComponent, value: 'lab', tag: 0x16 },
    { type: OID.domainComponent, value: 'site', tag: 0x16 },
  ]
  t.doesNotThrow(() => decide({ subject: fine, patterns }))
})

t.test('names that are too many or too long are refused before any of them is judged', async (t) => {
  const many = Array.from({ length: 10_000 }, (_, i) => dns(`_${i}`))
  t.throws(() => decide({ san: many }), { code: 'name-count' })
  t.throws(() => decide({ subject: [{ type: OID.organizationName, value: 'x'.repeat(3000) }], san: [dns('_')] }), {
    code: 'name-length',
  })
})
