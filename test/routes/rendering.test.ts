import t from 'tap'
import type { RequestView } from '../../src/ca/authority.js'
import { CaError } from '../../src/errors.js'
import { renderCertificate, renderRequest } from '../../src/routes/rendering.js'
import { submit, testApp } from '../support/app.js'

async function issued() {
  const world = await testApp()
  await submit(world)
  const caller = { tokenId: 1, name: 'admin', role: 'admin', patterns: {}, wildcards: true } as const
  const view = await world.authority.findRequest(caller, 1)
  if (!view.certificate) throw new Error('nothing was issued')
  return { view, certificate: view.certificate, chain: world.authority.chainFor(view.certificate) }
}

t.test('the paste for the console has comments only before the command, and ends with quit', async (t) => {
  const { certificate, chain } = await issued()
  const { body } = renderCertificate(certificate, { choice: { format: 'asa', asaInJson: false }, trustpoint: 'LAB_PKI', chain })
  const lines = body.toString().split('\n')
  const command = lines.indexOf('crypto ca import LAB_PKI certificate')
  t.ok(command > 0)
  t.ok(lines.slice(0, command).every((line) => line.startsWith('!')))
  t.notOk(lines.slice(command).some((line) => line.startsWith('!') || /\byes\b/.test(line)))
  t.same(lines.slice(-2), ['quit', ''])
  t.ok(lines.slice(command + 2, -3).every((line) => line.length <= 64))
})

t.test('the same request is rendered to the same octets', async (t) => {
  const { view, chain } = await issued()
  const options = { choice: { format: 'json', asaInJson: true }, trustpoint: 'LAB_PKI', chain } as const
  t.same(renderRequest(view, options), renderRequest(view, options))
})

t.test('a request without a certificate is shown as JSON only', async (t) => {
  const { view } = await issued()
  const { certificate: _certificate, ...bare } = view
  const denied: RequestView = { ...bare, status: 'denied' }
  const json = renderRequest(denied, { choice: { format: 'json', asaInJson: true }, trustpoint: 'X', chain: [] })
  t.match(JSON.parse(json.body.toString()), { id: 1, status: 'denied' })
  try {
    renderRequest(denied, { choice: { format: 'pem', asaInJson: false }, trustpoint: 'X', chain: [] })
    t.fail('refused')
  } catch (error) {
    t.ok(error instanceof CaError && error.code === 'not-acceptable')
    t.match(error, { detail: 'request 1 is denied and has no certificate to show; use format=json' })
  }
})
