import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { CaError } from '../../src/errors.js'
import { testApp } from '../support/app.js'
import { OPENSSL, runReader } from '../support/second-reader.js'

t.test('the root in every form, with the media type that devices expect', async (t) => {
  const { app, authority } = await testApp()
  const root = authority.publication.certificate('root') ?? Buffer.alloc(0)
  const cer = await app.inject({ url: '/pki/root.cer' })
  t.equal(cer.headers['content-type'], 'application/pkix-cert')
  t.same(cer.rawPayload, root)
  const pem = await app.inject({ url: '/pki/root.pem' })
  t.equal(pem.headers['content-type'], 'application/x-pem-file')
  t.same(new X509Certificate(pem.body).raw, root)
  const chain = await app.inject({ url: '/pki/chain.pem' })
  t.equal(chain.headers['content-type'], 'application/pem-certificate-chain')
  t.equal(chain.body, pem.body)
  const p7b = await app.inject({ url: '/pki/root.p7b' })
  t.equal(p7b.headers['content-type'], 'application/x-pkcs7-certificates')
  const read = runReader(t, OPENSSL, ['pkcs7', '-inform', 'DER', '-print_certs'], { input: p7b.rawPayload })
  if (read) t.same(new X509Certificate(read.stdout.slice(read.stdout.indexOf('-----BEGIN'))).raw, root)
})

t.test('the CRL may be kept until the next one is due', async (t) => {
  const { app, time } = await testApp()
  const crl = await app.inject({ url: '/pki/root.crl' })
  t.equal(crl.headers['content-type'], 'application/pkix-crl')
  t.equal(crl.headers['cache-control'], `public, max-age=${7 * 24 * 3600}`)
  time.advance(6 * 24 * 3600 * 1000)
  t.equal((await app.inject({ url: '/pki/root.crl' })).headers['cache-control'], `public, max-age=${24 * 3600}`)
  time.advance(5 * 24 * 3600 * 1000)
  t.equal((await app.inject({ url: '/pki/root.crl' })).headers['cache-control'], 'public, max-age=0')
  const read = runReader(t, OPENSSL, ['crl', '-inform', 'DER', '-noout', '-issuer'], { input: crl.rawPayload })
  if (read) t.match(read.stdout, /lab-PKI-CA/)
})

t.test('a CA with one tier has no ca files, and says which it has', async (t) => {
  const { app } = await testApp()
  for (const file of ['ca.pem', 'ca.cer', 'ca.p7b', 'ca.crl']) {
    const answer = await app.inject({ url: `/pki/${file}` })
    t.equal(answer.statusCode, 404, file)
    t.equal(answer.json().detail, 'this CA has one tier: its root issues directly, so ask for root instead of ca')
  }
  const other = await app.inject({ url: '/pki/leaf.pem' })
  t.equal(other.statusCode, 404)
  t.equal(other.json().detail, '/issuer (leaf): is none of the values there are; use root, ca')
})

t.test('in two tiers ca.p7b has both certificates, root.p7b the root alone, and ASAs trust the one that issues', async (t) => {
  const { app, authority } = await testApp()
  const root = authority.publication.certificate('root') ?? Buffer.alloc(0)
  const second = (await testApp()).authority.publication.certificate('root') ?? Buffer.alloc(0)
  Object.assign(authority.publication, {
    certificate: (slug: string) => (slug === 'root' ? root : second),
    chain: () => [second, root],
  })
  const count = async (url: string) => {
    const body = (await app.inject({ url })).rawPayload
    return [root, second].filter((der) => body.includes(der)).length
  }
  t.equal(await count('/pki/ca.p7b'), 2)
  t.equal(await count('/pki/root.p7b'), 1)
  t.equal((await app.inject({ url: '/pki/chain.pem' })).body.match(/BEGIN/g)?.length, 2)
  const paste = await app.inject({ url: '/pki/asa-authenticate' })
  t.ok(paste.body.includes(second.toString('base64').slice(0, 60)))
})

t.test('the paste for crypto ca authenticate names the trustpoint of the call', async (t) => {
  const { app } = await testApp()
  t.match((await app.inject({ url: '/pki/asa-authenticate' })).body, /^crypto ca authenticate LAB_PKI$/m)
  const named = await app.inject({ url: '/pki/asa-authenticate?trustpoint=OUTSIDE' })
  t.match(named.body, /^crypto ca authenticate OUTSIDE$/m)
  t.match(named.body, /\nquit\n$/)
  const bad = await app.inject({ url: '/pki/asa-authenticate?trustpoint=a%20b' })
  t.equal(bad.json().code, 'trustpoint-syntax')
  t.equal((await app.inject({ url: '/pki/asa-authenticate?trust=x' })).json().code, 'query-invalid')
})

t.test('everything is there while the database is away', async (t) => {
  const { app, store } = await testApp()
  const away = () => Promise.reject(new CaError('database-unavailable', 'away'))
  for (const name of Object.keys(store.register)) Object.assign(store.register, { [name]: away })
  for (const url of [
    '/pki/root.pem',
    '/pki/root.crl',
    '/pki/chain.pem',
    '/pki/fingerprints',
    '/pki/asa-authenticate',
    '/livez',
  ]) {
    t.equal((await app.inject({ url })).statusCode, 200, url)
  }
})
