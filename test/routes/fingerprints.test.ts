import { createHash } from 'node:crypto'
import t from 'tap'
import { testApp } from '../support/app.js'

t.test('fingerprints are text for a console and JSON for a program', async (t) => {
  const { app, authority } = await testApp()
  const root = authority.publication.certificate('root') ?? Buffer.alloc(0)
  const sha256 = (createHash('sha256').update(root).digest('hex').toUpperCase().match(/../g) ?? []).join(':')
  const text = await app.inject({ url: '/pki/fingerprints' })
  t.equal(text.headers['content-type'], 'text/plain; charset=utf-8')
  t.ok(text.body.startsWith(`CN=lab-PKI-CA\n  SHA-256  ${sha256}\n`))
  t.match(text.body, /^ {2}MD5 {6}([0-9a-f]{8} ){4} {2}\(as an ASA shows it\)$/m)
  const json = await app.inject({ url: '/pki/fingerprints', headers: { accept: 'application/json' } })
  t.equal(json.json().items.length, 1)
  t.match(json.json().items[0], { issuer: 'root', subject: 'CN=lab-PKI-CA', sha256 })
  t.equal(json.headers.vary, 'accept')
  t.not(json.headers.etag, text.headers.etag)
})
