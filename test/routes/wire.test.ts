import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { callIds } from '../../src/routes/wire.js'
import { testApp } from '../support/app.js'
import { seededRandom } from '../support/fixed-world.js'

t.test('ids of calls are never given twice and tell processes apart', async (t) => {
  const one = callIds(seededRandom('a'))
  const other = callIds(seededRandom('b'))
  const ids = [one(), one(), other(), other()]
  t.equal(new Set(ids).size, 4)
  for (const id of ids) t.match(id, /^[0-9a-f]{8}-[0-9a-z]+$/)
})

/** What the server answers to these octets. */
function raw(app: FastifyInstance, octets: string): Promise<string> {
  const { port, hostname } = new URL(app.listeningOrigin)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.write(octets))
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
}

t.test('what is no HTTP gets a problem, too', async (t) => {
  const { app } = await testApp({ transport: 'http' })
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const tls = await raw(app, '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n')
  t.match(tls, /^HTTP\/1\.1 400 Bad Request\r\n/)
  t.match(tls, /\r\nx-content-type-options: nosniff\r\n/)
  t.match(tls, /\r\ncontent-security-policy: default-src 'none'; frame-ancestors 'none'\r\n/)
  const problem = JSON.parse(tls.slice(tls.indexOf('\r\n\r\n')))
  t.equal(problem.code, 'request-malformed')
  t.equal(problem.detail, 'this is not HTTP/1.1; for HTTPS use the address of the HTTPS listener')
  const long = await raw(app, `GET /livez?${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`)
  t.equal(
    JSON.parse(long.slice(long.indexOf('\r\n\r\n'))).detail,
    'URL and headers are larger than 16 KiB; send the paste as the body',
  )
})

t.test('the server uses nothing that is to go with the next version of its framework', async (t) => {
  const warnings: string[] = []
  const listen = (warning: Error) => warnings.push(`${warning.name} ${warning.message}`)
  process.on('warning', listen)
  t.teardown(() => process.off('warning', listen))
  const { app } = await testApp({ transport: 'http' })
  await app.ready()
  // Warnings come with the next tick; this one comes last.
  await new Promise<void>((resolve) => {
    process.once('warning', () => resolve())
    process.emitWarning('the last one')
  })
  t.same(
    warnings.filter((warning) => /FSTDEP|deprecated/i.test(warning)),
    [],
  )
})
