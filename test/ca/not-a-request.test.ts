import t from 'tap'
import { type Found, isPrivateKey, nothingFound, privateKeyRefusal, refusalOf } from '../../src/ca/not-a-request.js'

const found = (over: Partial<Found>): Found => ({ kind: 'unknown', label: undefined, der: Buffer.alloc(0), ...over })
const cut: Found = { kind: 'certificate-request', label: 'CERTIFICATE REQUEST', broken: 'it breaks off' }

t.test('a private key outweighs everything else', async (t) => {
  const all = [found({ kind: 'certificate' }), cut, found({ kind: 'encrypted-private-key' })]
  t.equal(refusalOf(all).code, 'csr-is-private-key')
  t.strictSame(refusalOf(all).errors, privateKeyRefusal().errors)
  t.strictSame(
    ['private-key', 'encrypted-private-key', 'pkcs12'].map((kind) => isPrivateKey(found({ kind: kind as Found['kind'] }))),
    [true, true, false],
  )
})

t.test('a broken request outweighs whole certificates, these outweigh other things', async (t) => {
  t.equal(refusalOf([found({ kind: 'certificate' }), cut]).code, 'csr-truncated')
  t.equal(refusalOf([found({ kind: 'crl' }), found({ kind: 'certificate' })]).code, 'csr-is-certificate')
  t.equal(refusalOf([found({ kind: 'crl' })]).code, 'csr-is-other')
})

t.test('a broken block of another kind is no broken request', async (t) => {
  t.equal(refusalOf([{ kind: 'unknown', label: 'PGP MESSAGE', broken: 'x' }]).code, 'csr-is-other')
  t.equal(refusalOf([{ kind: 'certificate', label: 'CERTIFICATE', broken: 'x' }]).code, 'csr-is-certificate')
  t.equal(
    refusalOf([{ kind: 'unknown', label: 'CERTIFICATE', broken: 'x' }]).code,
    'csr-truncated',
    'it may be one under a wrong label',
  )
})

t.test('says what it is, also where nobody knows', async (t) => {
  const rule = (over: Partial<Found>) => refusalOf([found(over)]).errors[0]?.rule
  t.equal(rule({ kind: 'crl' }), 'this is a certificate revocation list (CRL), not a certificate request')
  t.equal(rule({ label: 'X\u001b[2J' }), 'this is a block labelled "X\\u001b[2J", not a certificate request')
  t.equal(rule({}), 'this is DER of a kind that is not known here, not a certificate request')
  t.equal(refusalOf([found({ label: 'TRUSTED CERTIFICATE' })]).code, 'csr-is-certificate', 'openssl appends its trust settings')
})

t.test('a text without blocks is empty, lost its beginning, or is something else', async (t) => {
  const rule = (lines: string[], endLine?: number) =>
    nothingFound([{ label: undefined, startLine: 1, lines: [], endLine }], lines).errors[0]?.rule
  t.equal(rule(['', ' ']), 'the paste is empty')
  t.equal(rule(['hello']), 'no certificate request is in it')
  t.equal(rule(['AAAA'], 3), 'a block ends in line 3 whose beginning is not in the paste')
  t.equal(rule(['x ecdsa-sha2-nistp256 AAAAE2Vj y']), 'this is an SSH public key, not a certificate request')
})
