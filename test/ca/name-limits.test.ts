import t from 'tap'
import type { GeneralName } from '../../src/ca/general-name.js'
import type { RequestedNames } from '../../src/ca/name-candidates.js'
import { checkNameLimits } from '../../src/ca/name-limits.js'
import { OID } from '../../src/ca/oid.js'
import { type Attribute, commonName, makeName } from '../support/issuance.js'
import { refusal } from '../support/refusal.js'

const check = (
  attributes: readonly Attribute[],
  subjectAltNames: readonly GeneralName[] = [],
  requested: RequestedNames = {},
): Promise<readonly [code: string, detail: string] | undefined> =>
  refusal(() => checkNameLimits({ subject: makeName(...attributes), subjectAltNames }, requested))
const organization = (value: string, tag = 0x0c): Attribute => ({ type: OID.organizationName, value, tag })
const hosts = (count: number): string[] => Array.from({ length: count }, (_, i) => `h${i}.lab.example`)
const sans = (count: number): GeneralName[] => hosts(count).map((value) => ({ type: 'dns', value }))

t.test('a CN has at most 64 characters, each counted once however it is encoded', async (t) => {
  const first = commonName('first.example')
  t.equal(await check([first, commonName('ü'.repeat(64))]), undefined)
  t.equal(await check([first, commonName('😀'.repeat(64))]), undefined)
  for (const length of [65, 3000]) {
    const shown = length > 100 ? `${'x'.repeat(100)}…` : 'x'.repeat(length)
    t.strictSame(await check([first, commonName('x'.repeat(length))]), [
      'name-common-name-length',
      `/csr (${shown}): the CN has ${length} characters, and 64 are the most (RFC 5280, A.1); shorten it in \`subject-name\`; a long DNS name belongs into \`fqdn\` or \`subjectAltNames\` alone`,
    ])
  }
})

t.test('every other value has at most 255 characters', async (t) => {
  t.equal(await check([organization('😀'.repeat(255))]), undefined)
  t.strictSame(await check([organization('x'.repeat(3000))]), [
    'name-length',
    `/csr (${'x'.repeat(100)}…): O of the subject has 3000 characters, and 255 are the most; shorten it`,
  ])
  t.strictSame(await check([{ type: '1.3.6.1.4.1.99999.1', value: 'x'.repeat(256) }]), [
    'name-length',
    `/csr (${'x'.repeat(100)}…): 1.3.6.1.4.1.99999.1 of the subject has 256 characters, and 255 are the most; shorten it`,
  ])
  const long = `a@${'x'.repeat(254)}`
  for (const type of ['dns', 'email', 'upn', 'uri', 'other'] as const) {
    t.equal(await check([], [{ type, value: long.slice(0, 255) }]), undefined)
    t.strictSame(await check([], [{ type, value: long }]), [
      'name-length',
      `/csr (${long.slice(0, 100)}…): a name in subjectAltName has 256 characters, and 255 are the most; shorten it`,
    ])
  }
  t.strictSame(await check([], [], { upn: ['a@b', long] }), [
    'name-length',
    `/subjectAltNames/upn/1 (${long.slice(0, 100)}…): the name has 256 characters, and 255 are the most; shorten it`,
  ])
})

t.test('the whole subject has at most 2,000 octets, as it is encoded and as it is looked up', async (t) => {
  const says = (shown: string, octets: number) => [
    'name-length',
    `/csr (${shown}…): the subject has ${octets} octets, and 2000 are the most; make the request again with fewer or shorter attributes in the subject`,
  ]
  const seven = (value: string): Attribute[] => Array.from({ length: 7 }, () => organization(value))
  t.equal(await check(seven('x'.repeat(255))), undefined)
  t.strictSame(await check([...seven('x'.repeat(255)), organization('x'.repeat(200))]), says(`O=${'x'.repeat(98)}`, 2115))
  // Half of it in DER: the text has a backslash before each.
  t.strictSame(await check(seven(','.repeat(150))), says(`O=${'\\,'.repeat(49)}`, 2120))
  // İ is two octets in capitals and three in small letters.
  t.strictSame(await check(seven('İ'.repeat(100))), says(`O=${'İ'.repeat(98)}`, 2120))
})

t.test('a subject has at most 32 attributes', async (t) => {
  const attributes = (count: number): Attribute[] => Array.from({ length: count }, (_, i) => organization(`${i}`))
  t.equal(await check(attributes(32)), undefined)
  t.strictSame(await check(attributes(33)), [
    'name-count',
    '/csr: the subject has 33 attributes, and 32 are the most; make the request again with fewer attributes in the subject',
  ])
})

t.test('request and call bring at most 400 names in all', async (t) => {
  t.equal(await check([commonName('a')], sans(299), { dns: hosts(100) }), undefined)
  t.strictSame(await check([commonName('a')], sans(300), { dns: hosts(60), ip: hosts(20), email: hosts(10), upn: hosts(10) }), [
    'name-count',
    '/csr: request and call bring 401 names, and 400 are the most; make several requests with fewer names each',
  ])
})
