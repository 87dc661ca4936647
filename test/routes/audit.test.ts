import t from 'tap'
import { submit, testApp } from '../support/app.js'

t.test('an auditor reads what was done, with the chain in hex', async (t) => {
  const world = await testApp()
  await submit(world)
  const answer = await world.app.inject({ url: '/v1/audit?limit=200', headers: world.bearer.auditor })
  t.equal(answer.statusCode, 200)
  const issued = answer.json().items.find((event: { action: string }) => event.action === 'certificate.issued')
  t.equal(issued.actor, 'admin')
  t.equal(issued.writer, 'memory')
  t.equal(issued.at, '2027-03-01T12:00:00Z')
  t.match(issued.hash, /^[0-9a-f]{64}$/)
  t.equal(issued.detail.subjectAltNames, 'dns:vpn.lab.example')
})

t.test('a limit beyond 200 is refused', async (t) => {
  const { app, bearer } = await testApp()
  const answer = await app.inject({ url: '/v1/audit?limit=201', headers: bearer.auditor })
  t.equal(answer.statusCode, 400)
  t.same(answer.json().errors, [
    {
      pointer: '?limit',
      value: '201',
      rule: 'has a wrong form',
      remedy: 'what is meant: Entries on the page: 1 to 200, 50 by default',
    },
  ])
})
