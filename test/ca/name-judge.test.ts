import t from 'tap'
import type { Candidate, CandidateKind } from '../../src/ca/name-candidates.js'
import { judgeName, type NameRules } from '../../src/ca/name-judge.js'
import { shippedTemplate } from '../support/issuance.js'

const template = shippedTemplate('WebServer')
const personal = {
  ...template,
  name: 'Personal',
  subjectAltName: { ...template.subjectAltName, allow: ['email', 'upn'] as const },
}
const free: NameRules = { template, patterns: {}, wildcards: false }
const candidate = (kind: CandidateKind, value: string, source: Candidate['source'] = 'call'): Candidate => ({
  source,
  kind,
  value,
  pointer: '/subjectAltNames/dns/0',
  field: 'the name',
})
const judge =
  (kind: CandidateKind, value: string, rules: Partial<NameRules> = {}) =>
  () =>
    judgeName(candidate(kind, value), { ...free, ...rules })

t.test('names that are not LDH are refused with the rule and an example (RFC 1123, 2.1)', async (t) => {
  for (const good of ['vpn.lab.example', 'Manual', 'a', 'xn--bcher-kva.example', '1a.2b', `${'a'.repeat(63)}.example`])
    t.doesNotThrow(judge('dns', good), good)
  for (const bad of [
    '',
    'vpn_1.lab.example',
    '-a.example',
    'a-.example',
    'a..b',
    'a.',
    '.a',
    'büro.example',
    'a b',
    '10.0.0.1',
    `${'a'.repeat(64)}.example`,
  ]) {
    t.throws(judge('dns', bad), { code: 'name-dns-syntax' }, bad)
  }
  t.throws(judge('dns', 'vpn_1.lab.example'), {
    code: 'name-dns-syntax',
    detail:
      '/subjectAltNames/dns/0 (vpn_1.lab.example): the name is no DNS name: labels of 1 to 63 letters, digits and hyphens, 253 characters in all (RFC 1123, 2.1); write vpn.lab.example, without a dot at the end; other letters as xn--…',
  })
})

t.test('a wildcard needs template and caller, and must be the whole left-most label (RFC 6125, 6.4.3)', async (t) => {
  const closed = { ...template, subjectAltName: { ...template.subjectAltName, wildcards: false } }
  const refusal = (rule: string): { code: string; detail: string } => ({
    code: 'name-wildcard',
    detail: `/subjectAltNames/dns/0 (*.lab.example): ${rule}`,
  })
  t.throws(
    judge('dns', '*.lab.example', { wildcards: true, template: closed }),
    refusal('the name is a wildcard, and template WebServer takes none; name each host'),
  )
  t.throws(
    judge('dns', '*.lab.example'),
    refusal(
      'the name is a wildcard, and this token may not use any; name each host, or ask an admin for a token that allows wildcards',
    ),
  )
  t.doesNotThrow(judge('dns', '*.lab.example', { wildcards: true }))
  for (const bad of [
    '*',
    '*.',
    'vpn*.lab.example',
    '*vpn.lab.example',
    'a.*.example',
    '*.*.example',
    '**.example',
    '*.10.0.0.1',
  ]) {
    t.throws(
      judge('dns', bad, { wildcards: true }),
      {
        code: 'name-wildcard',
        errors: [
          { rule: 'in the name the asterisk is not the whole left-most label (RFC 6125, 6.4.3)', remedy: 'write *.lab.example' },
        ],
      },
      bad,
    )
  }
})

t.test('an address that is none is refused', async (t) => {
  for (const bad of [
    '203.0.113.256',
    '203.0.113',
    '0203.0.113.1',
    '2001:db8::1::2',
    '[2001:db8::1]',
    'fe80::1%eth0',
    '203.0.113.0/24',
    'vpn',
  ]) {
    t.throws(judge('ip', bad), { code: 'name-ip-syntax' }, bad)
  }
  t.throws(judge('ip', '1.2.3'), {
    code: 'name-ip-syntax',
    detail: '/subjectAltNames/dns/0 (1.2.3): the name is no IP address; write 203.0.113.1 or 2001:db8::1',
  })
})

t.test('e-mail addresses and UPNs are judged by syntax where the template takes them', async (t) => {
  t.doesNotThrow(judge('email', 'a.b+c@lab.example', { template: personal }))
  t.doesNotThrow(judge('upn', 'büro$@lab.local', { template: personal }))
  for (const bad of [
    'a',
    'a@',
    '@lab.example',
    'a b@lab.example',
    'a@b@lab.example',
    'ü@lab.example',
    'A <a@lab.example>',
    'a@10.0.0.1',
  ]) {
    t.throws(judge('email', bad, { template: personal }), { code: 'name-email-syntax' }, bad)
  }
  for (const bad of ['a', 'a@', '@lab.local', 'a b@lab.local', 'a@b@lab.local']) {
    t.throws(judge('upn', bad, { template: personal }), { code: 'name-upn-syntax' }, bad)
  }
  t.throws(judge('upn', 'a', { template: personal }), {
    code: 'name-upn-syntax',
    detail: '/subjectAltNames/dns/0 (a): the name is no UPN of a name, @ and a DNS name; write user@lab.example',
  })
  t.doesNotThrow(judge('email', 'a b', {}), 'a request is not refused for asking what is left out anyway')
})

t.test('a name outside the patterns is refused, whatever its kind', async (t) => {
  const detail = (value: string): string =>
    `/subjectAltNames/dns/0 (${value}): the name is not among the names that this token may have; use a name that is, or ask an admin for a token that allows it`
  const cases: [CandidateKind, string, NameRules['patterns']][] = [
    ['dns', 'vpn.other.example', { dns: ['*.lab.example'] }],
    ['ip', '198.51.100.1', { ip: ['203.0.113.0/24'] }],
    ['email', 'a@other.example', { email: ['*@lab.example'] }],
    ['upn', 'a@other.example', { upn: ['*@lab.example'] }],
    ['mail', 'a@other.example', { email: ['*@lab.example'] }],
    ['mail', 'a@other.example', { email: ['*@other.example'], upn: [] }],
    ['text', 'Lab ASA 1', { dns: ['*.lab.example'] }],
    ['ip', '8.8.8.8', { dns: ['*.lab.example'] }],
    ['dns', 'vpn.lab.example', { ip: ['0.0.0.0/0'] }],
    ['email', 'a@lab.example', { dns: ['*'] }],
    ['upn', 'a@lab.example', { dns: ['*'] }],
    ['mail', 'a@lab.example', { email: ['*@lab.example'] }],
  ]
  for (const [kind, value, patterns] of cases)
    t.throws(judge(kind, value, { patterns }), { code: 'name-not-permitted', detail: detail(value) })
})

t.test('an attribute of the subject is judged for a caller with patterns only', async (t) => {
  const claim = (kind: CandidateKind, value: string) => candidate(kind, value, 'subject')
  for (const one of [claim('dns', 'www.bank.example'), claim('dns', 'x_1.y/'), claim('mail', 'a@b'), claim('text', 'root')]) {
    t.doesNotThrow(() => judgeName(one, free), one.value)
    t.throws(
      () => judgeName(one, { ...free, patterns: { dns: ['*.lab.example'] } }),
      { code: /^name-(not-permitted|dns-syntax)$/ },
      one.value,
    )
  }
  t.throws(() => judgeName(claim('text', 'a\u202eb'), free), { code: 'name-control-character' })
})

t.test('a DNS name that ends in a number is refused, since browsers read it as an address', async (t) => {
  for (const value of ['0x7f000001', '1.2.3.0x4', '10.0.0.1']) {
    t.throws(judge('dns', value), {
      code: 'name-dns-syntax',
      detail: `/subjectAltNames/dns/0 (${value}): the name ends in a number, so that clients read it as an IPv4 address (RFC 3696, 2); give an address as an iPAddress, in four decimal numbers`,
    })
  }
})

t.test('free text, URIs and other forms pass for a caller without patterns', async (t) => {
  t.doesNotThrow(judge('text', 'Lab ASA 1'))
  t.doesNotThrow(judge('uri', 'tag:microsoft.com,2022-09-14:sid:S-1-5-21-1'))
  t.doesNotThrow(judge('other', 'directoryName CN=boss'))
})

t.test('an unstructuredAddress that is no address is refused where the template would take it', async (t) => {
  const none = candidate('text', 'none', 'unstructuredAddress')
  t.doesNotThrow(() => judgeName(none, free))
  t.throws(() => judgeName(none, { ...free, template: shippedTemplate('VPNGateway') }), {
    code: 'name-ip-syntax',
    detail: '/subjectAltNames/dns/0 (none): the name is no IP address; set `ip-address` in the trustpoint to an address',
  })
})

t.test('NUL and control characters are refused in every kind, and shown escaped', async (t) => {
  for (const kind of ['dns', 'ip', 'email', 'upn', 'uri', 'other', 'mail', 'text'] as const) {
    t.throws(judge(kind, 'vpn.lab.example\0.evil.example'), {
      code: 'name-control-character',
      detail:
        '/subjectAltNames/dns/0 (vpn.lab.example\\u0000.evil.example): the name holds a NUL or another control character; write it in plain text',
    })
  }
  for (const character of ['\n', '\u001b', '\u007f', '\u0085'])
    t.throws(judge('dns', `a${character}`), { code: 'name-control-character' })
  t.throws(judge('upn', 'a\u202e@lab.example'), {
    code: 'name-control-character',
    detail:
      '/subjectAltNames/dns/0 (a\\u202e@lab.example): the name holds an invisible formatting character (Unicode category Cf); write it in plain text',
  })
})
