import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import forge from 'node-forge'
import t from 'tap'
import { buildCsr } from '../../src/ca/build-csr.js'
import { parseDistinguishedName } from '../../src/ca/name.js'
import { findRequest, MAX_PASTE_OCTETS } from '../../src/ca/paste.js'
import { pem } from '../../src/ca/pem.js'
import type { Warning } from '../../src/ca/warning.js'
import { CaError } from '../../src/errors.js'

interface Case {
  readonly file: string
  readonly outcome: string
  readonly detail?: string
  readonly warnings?: Warning[]
  readonly why: string
}

const fixtures = new URL('../fixtures/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, fixtures))
const cases: Case[] = JSON.parse(read('paste/cases.json').toString('utf8'))
const capture = readFileSync(new URL('../../examples/asa-enroll.txt', import.meta.url), 'utf8')
const block = capture.slice(capture.indexOf('-----BEGIN'), capture.indexOf('\n\nRedisplay') + 1)
const csrDer = Buffer.from(block.split('\n').slice(1, -2).join(''), 'base64')
const rootPem = read('asa/msca-root-b.crt.pem').toString('utf8')

const PASTE_REQUEST =
  'paste what `crypto ca enroll` printed, from -----BEGIN CERTIFICATE REQUEST----- (or the first line of base64) to the end'
const PRIVATE_KEY = new CaError(
  'csr-is-private-key',
  '/csr: a private key is in it, which should never leave the device that it belongs to; nothing of it is kept or logged; make a new key pair and paste its certificate request alone',
)

/** mulberry32: the same sequence for the same seed on every machine. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) % below
  }
}

t.test('every paste of cases.json gives the request of the example, or exactly its refusal', async (t) => {
  for (const { file, outcome, detail, warnings, why } of cases) {
    const paste = read(`paste/${file}`)
    if (outcome === 'request') t.strictSame(findRequest(paste), { csrDer, warnings: warnings ?? [] }, `${file}: ${why}`)
    else t.throws(() => findRequest(paste), { code: outcome, detail }, `${file}: ${why}`)
  }
  const files = readdirSync(new URL('paste/', fixtures)).filter((name) => /\.(txt|log)$/.test(name))
  t.strictSame(cases.map(({ file }) => file).sort(), files.sort(), 'cases.json names every paste of the folder')
})

t.test('takes the example and every real request, whole captures and bare files alike', async (t) => {
  t.strictSame(findRequest(Buffer.from(capture)), { csrDer, warnings: [] })
  t.strictSame(findRequest(csrDer), { csrDer, warnings: [] }, 'as DER')
  const real = findRequest(read('asa/asa-rsa2048-sha1-ip-fqdn-b.csr.pem'))
  t.strictSame(findRequest(read('asa/asa-console-authenticate-enroll-import-b.txt')), real, 'and not one of its certificates')
  for (const name of readdirSync(new URL('asa/', fixtures)).filter((name) => /\.(csr\.pem|console\.txt)$/.test(name))) {
    const { csrDer: found, warnings } = findRequest(read(`asa/${name}`))
    t.equal(found.length, found.readUInt16BE(2) + 4, name)
    t.strictSame(warnings, [], name)
  }
})

t.test('any way of writing the request down gives the same octets', async (t) => {
  const lines = block.trim().split('\n').slice(1, -1)
  const base64 = lines.join('')
  for (let seed = 1; seed <= 400; seed++) {
    const random = seeded(seed)
    const pick = <T>(...of: readonly T[]): T => of[random(of.length)] as T
    const columns = pick(64, 76, 60 + random(20), 20, base64.length)
    const indent = pick('', '', ' '.repeat(random(12)), '\t', '> ', 'asa(config)# ')
    const wrapped = base64.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []
    const begin = pick('-----BEGIN CERTIFICATE REQUEST-----\n', '-----BEGIN NEW CERTIFICATE REQUEST-----\n', '')
    const end =
      begin === ''
        ? pick('\n\n---End - This line not part of the certificate request---\n', '\n', '')
        : pick('\n-----END CERTIFICATE REQUEST-----\n', '-----END NEW CERTIFICATE REQUEST-----', '\n\nquit\n')
    const body = wrapped.map((line) => `${indent}${line}${pick('', '', ' ', '\0')}`).join(pick('\n', '\n', '\n\n'))
    const before = pick('', rootPem, 'asa(config)# crypto ca enroll LAB_PKI\n% Start certificate enrollment ..\n', '\u001b[2J\n')
    const after = pick('', '\nRedisplay enrollment request? [yes/no]: no\nasa(config)# \n', `\n${rootPem}`)
    const text = `${before}${begin}${body}${end}${after}`.replaceAll('\n', pick('\n', '\r\n', '\r'))
    const encoding = pick('utf8', 'utf8', 'mark', 'utf16le')
    const paste = encoding === 'utf8' ? Buffer.from(text) : Buffer.from(`\ufeff${text}`, encoding === 'mark' ? 'utf8' : 'utf16le')
    let found: Buffer | undefined
    try {
      found = findRequest(paste).csrDer
    } catch (error) {
      t.fail(`seed ${seed}: ${error}\n${text}`)
    }
    if (found !== undefined && !found.equals(csrDer)) t.fail(`seed ${seed} gives other octets:\n${text}`)
  }
  t.strictSame(findRequest(Buffer.from(block)).csrDer, csrDer)
})

t.test('throws nothing but CaError, whatever the octets', async (t) => {
  const random = seeded(4711)
  const sources = [Buffer.from(capture), csrDer, Buffer.from(rootPem), read('paste/ios-pager.txt'), read('paste/form-body.txt')]
  const outcomes = new Map<string, number>()
  for (let i = 0; i < 3000; i++) {
    const source = sources[i % sources.length] ?? csrDer
    const mutated = Buffer.from(source.subarray(random(4) === 0 ? random(source.length) : 0))
    for (let n = random(6); n >= 0; n--) mutated[random(mutated.length)] = random(256)
    const paste = i % 10 === 0 ? Buffer.from(Array.from({ length: random(300) }, () => random(256))) : mutated
    try {
      findRequest(paste)
      outcomes.set('request', (outcomes.get('request') ?? 0) + 1)
    } catch (error) {
      if (!(error instanceof CaError)) {
        t.fail(`${error} for ${paste.toString('base64')}`)
        return
      }
      outcomes.set(error.code, (outcomes.get(error.code) ?? 0) + 1)
    }
  }
  for (const code of ['request', 'csr-truncated', 'csr-missing', 'csr-is-certificate', 'csr-not-der']) {
    t.ok((outcomes.get(code) ?? 0) > 10, `${code} is among the outcomes`)
  }
})

t.test('takes junk of the greatest size that any rule could stumble over', async (t) => {
  // Each of these is quadratic for a matcher that backs up: minutes, not milliseconds. The bound is the runner's timeout.
  const units = [
    ...['MII', 'MII\n', 'MIIC/+8\n', 'MCAAAAAAAAAAAAAAAAAA\n', '-', '-----BEGIN ', '-----BEGIN A-----', '-----END A-----\n', '='],
    ...[
      '%',
      '%0A',
      '%ASA-',
      '\u001b',
      '\u001b[',
      '\u001b]',
      '\b',
      ' ',
      '\n',
      '\r',
      ' \n',
      'a ',
      '<--- More',
      '\\',
      '# ',
      '> ',
      'a: ',
    ],
    ...['\u0000', '\u00a0', 'MIIH//8A ', `-----BEGIN CERTIFICATE REQUEST-----\nMIIB${'A'.repeat(20)}\n`, 'MIMD////\n'],
  ]
  for (const unit of units) {
    const paste = Buffer.from(unit.repeat(Math.ceil(MAX_PASTE_OCTETS / Buffer.byteLength(unit)))).subarray(0, MAX_PASTE_OCTETS)
    t.throws(() => findRequest(paste), { name: 'CaError' }, JSON.stringify(unit.slice(0, 30)))
  }
  for (const unit of [Buffer.of(0x30, 0x80), Buffer.of(0x30, 0x84, 0, 3, 0xff, 0xfa)]) {
    t.throws(() => findRequest(Buffer.alloc(MAX_PASTE_OCTETS, unit)), { name: 'CaError' }, unit.toString('hex'))
  }
  const spaced = `-----BEGIN CERTIFICATE REQUEST-----\nMIIP${`${'A '.repeat(50)}\n`.repeat(2000)}${'B'.repeat(5000)}\n-----END CERTIFICATE REQUEST-----`
  t.throws(() => findRequest(Buffer.from(spaced)), { code: 'csr-not-der' }, 'spaces everywhere')
})

t.test('refuses more than 256 KiB', async (t) => {
  t.throws(
    () => findRequest(Buffer.alloc(MAX_PASTE_OCTETS + 1, ' ')),
    new CaError(
      'csr-too-large',
      '/csr (262145 octets): a paste may have 262144 octets; paste the part with the certificate request alone',
    ),
  )
})

t.test('says that an empty paste is empty', async (t) => {
  for (const text of ['', ' \r\n\t', '\ufeff']) {
    t.throws(() => findRequest(Buffer.from(text)), new CaError('csr-missing', `/csr: the paste is empty; ${PASTE_REQUEST}`))
  }
})

const keyOf = (kind: 'ec' | 'rsa' | 'ed25519'): KeyObject => {
  if (kind === 'ec') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  return generateKeyPairSync('ed25519').privateKey
}

t.test('refuses a paste with a private key and lets nothing of it into the error', async (t) => {
  const ec = keyOf('ec')
  const rsa = keyOf('rsa')
  const passphrase = 'correct horse'
  const forms: [string, string | Buffer][] = [
    ['PKCS#8 PEM', rsa.export({ type: 'pkcs8', format: 'pem' })],
    ['PKCS#1 PEM', rsa.export({ type: 'pkcs1', format: 'pem' })],
    ['SEC1 PEM', ec.export({ type: 'sec1', format: 'pem' })],
    ['encrypted PKCS#8 PEM', rsa.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })],
    ['old encrypted PEM', rsa.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase })],
    ['PKCS#8 DER', rsa.export({ type: 'pkcs8', format: 'der' })],
    ['PKCS#1 DER', rsa.export({ type: 'pkcs1', format: 'der' })],
    ['SEC1 base64', ec.export({ type: 'sec1', format: 'der' }).toString('base64')],
    ['PKCS#8 EC base64', ec.export({ type: 'pkcs8', format: 'der' }).toString('base64')],
    ['Ed25519 base64', keyOf('ed25519').export({ type: 'pkcs8', format: 'der' }).toString('base64')],
    ['under the label of a request', pem('CERTIFICATE REQUEST', rsa.export({ type: 'pkcs8', format: 'der' }))],
    ['beside its request', `${block}${rsa.export({ type: 'pkcs8', format: 'pem' })}`],
    ['JWK', JSON.stringify(ec.export({ format: 'jwk' }))],
    [
      'PuTTY',
      `PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nPrivate-Lines: 14\n${rsa.export({ type: 'pkcs1', format: 'der' }).toString('base64')}\n`,
    ],
  ]
  const pkcs8 = rsa.export({ type: 'pkcs8', format: 'pem' }).toString()
  forms.push(['cut PEM', pkcs8.slice(0, 700)])
  forms.push(['PEM with a broken line', pkcs8.replace('\n', '\n!')])
  forms.push(['cut base64', rsa.export({ type: 'pkcs1', format: 'der' }).toString('base64').slice(0, 600)])
  forms.push(['form body', `csr=${encodeURIComponent(pkcs8)}`])
  forms.push(['UTF-16', Buffer.from(`\ufeff${pkcs8}`, 'utf16le')])
  forms.push(['DER with octets behind it', Buffer.concat([rsa.export({ type: 'pkcs8', format: 'der' }), Buffer.alloc(9)])])
  for (const [name, form] of forms) {
    const paste = Buffer.from(form)
    let error: unknown
    try {
      findRequest(paste)
    } catch (thrown) {
      error = thrown
    }
    if (!(error instanceof CaError)) {
      t.fail(`${name}: ${error}`)
      continue
    }
    t.equal(error.code, 'csr-is-private-key', name)
    t.equal(error.detail, PRIVATE_KEY.detail, name)
    const { cause, errors, stack = '' } = error
    t.equal(cause, undefined, `${name}: no cause`)
    t.strictSame(Object.keys(errors[0] ?? {}), ['pointer', 'rule', 'remedy'], `${name}: no value`)
    const said = `${stack}${JSON.stringify(error)}${JSON.stringify(errors)}`
    for (const text of [paste.toString('latin1'), paste.toString('utf16le')]) {
      for (const word of text.match(/[A-Za-z0-9+/]{16,}/g) ?? []) {
        if (said.includes(word) && !/^(?:correct|PuTTY)/.test(word)) t.fail(`${name}: the error holds a part of the paste`)
      }
    }
  }
})

t.test('names what was pasted instead of a request', async (t) => {
  const isOther = (what: string) =>
    new CaError('csr-is-other', `/csr: this is ${what}, not a certificate request; ${PASTE_REQUEST}`)
  const certificate = forge.pki.certificateFromPem(rootPem)
  const key = forge.pki.privateKeyFromPem(keyOf('rsa').export({ type: 'pkcs1', format: 'pem' }).toString())
  const p12 = forge.asn1.toDer(forge.pkcs12.toPkcs12Asn1(key, [certificate], 'secret', { algorithm: '3des' })).getBytes()
  const p7 = forge.pkcs7.createSignedData()
  p7.addCertificate(certificate)
  const p7b = Buffer.from(forge.asn1.toDer(p7.toAsn1()).getBytes(), 'latin1')
  const spki = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' })
  const PKCS12 = 'a PKCS#12 file, which as a rule holds a private key'
  const PKCS7 = 'a PKCS#7 or CMS message (a certificate chain, or a CMC request)'
  const PUBLIC = 'a public key without the signature that proves who holds it'
  t.throws(() => findRequest(Buffer.from(p12, 'latin1')), isOther(PKCS12))
  t.throws(() => findRequest(Buffer.from(pem('PKCS12', Buffer.from(p12, 'latin1')))), isOther(PKCS12))
  t.throws(() => findRequest(Buffer.from(Buffer.from(p12, 'latin1').toString('base64'))), isOther(PKCS12), 'headerless')
  t.throws(() => findRequest(p7b), isOther(PKCS7))
  t.throws(() => findRequest(Buffer.from(pem('PKCS7', p7b))), isOther(PKCS7))
  t.throws(() => findRequest(Buffer.from(pem('CERTIFICATE', p7b))), isOther(PKCS7), 'the label that certnew.p7b has')
  t.throws(() => findRequest(Buffer.from(pem('PUBLIC KEY', spki))), isOther(PUBLIC))
  t.throws(
    () => findRequest(Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBF\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n')),
    isOther('a block labelled "PGP PUBLIC KEY BLOCK"'),
  )
  t.throws(
    () => findRequest(Buffer.from(pem('EC PARAMETERS', Buffer.from('06082a8648ce3d030107', 'hex')))),
    isOther('a block labelled "EC PARAMETERS"'),
  )
})

t.test('does not choose between different requests but names them', async (t) => {
  const requestFor = (name: string) => {
    const content = { subject: parseDistinguishedName(`CN=${name},O=Lab`), privateKey: keyOf('ec'), subjectAltNames: [] }
    return pem('CERTIFICATE REQUEST', buildCsr(content))
  }
  t.throws(
    () => findRequest(Buffer.from(`${requestFor('a.lab.example')}${requestFor('b.lab.example')}`)),
    new CaError(
      'csr-ambiguous',
      '/csr: 2 different certificate requests are in it: CN=a.lab.example,O=Lab; CN=b.lab.example,O=Lab; paste one of them alone',
    ),
  )
  const seven = Array.from({ length: 7 }, (_, i) => requestFor(`n${i}`)).join('')
  t.throws(
    () => findRequest(Buffer.from(seven)),
    new CaError(
      'csr-ambiguous',
      '/csr: 7 different certificate requests are in it: CN=n0,O=Lab; CN=n1,O=Lab; CN=n2,O=Lab; CN=n3,O=Lab; CN=n4,O=Lab and 2 more; paste one of them alone',
    ),
  )
})

t.test('leaves a request with a wrong structure to the parser, and refuses what is not DER', async (t) => {
  const odd = Buffer.from('3003020100', 'hex')
  t.strictSame(findRequest(Buffer.from(pem('CERTIFICATE REQUEST', odd))).csrDer, odd)
  const ber = Buffer.concat([Buffer.of(0x30, 0x80), csrDer.subarray(4), Buffer.of(0, 0)])
  for (const paste of [ber, Buffer.from(pem('CERTIFICATE REQUEST', ber))]) {
    t.throws(() => findRequest(paste), new CaError('csr-not-der', 'not DER: indefinite length (X.690 10.1)'))
  }
})
