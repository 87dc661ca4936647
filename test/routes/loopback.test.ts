import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { isLocalCallByName, isLoopbackAddress } from '../../src/routes/loopback.js'

t.test('loopback is told by the address of the socket', async (t) => {
  for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) t.ok(isLoopbackAddress(address), address)
  for (const address of [undefined, '', '10.0.0.1', '::ffff:10.0.0.1', '127.0.0.1.example', '::', '128.0.0.1']) {
    t.notOk(isLoopbackAddress(address), String(address))
  }
})

t.test('a name for loopback is told by the Host header, with or without a port', async (t) => {
  const socket = { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1' }
  const from = (headers: Record<string, string | undefined>, ends = socket) =>
    isLocalCallByName({ socket: ends, headers } as unknown as FastifyRequest)
  for (const host of ['localhost', 'LOCALHOST:8080', '127.0.0.1', '127.0.0.1:8080', '127.9.9.9', '[::1]', '[::1]:8443']) {
    t.ok(from({ host }), host)
  }
  for (const host of [
    undefined,
    '',
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    'evil.localhost',
    '127.0.0.1.evil.example',
    '127.0.0.1@evil.example',
    'localhost:x',
    '::1',
    '[::2]',
    '10.0.0.1',
    'localhost,evil.example',
  ]) {
    t.notOk(from({ host }), String(host))
  }
  t.notOk(from({ host: 'localhost' }, { ...socket, remoteAddress: '192.0.2.1' }), 'the name alone is not enough')
  t.notOk(from({ host: 'localhost', 'x-forwarded-for': '127.0.0.1' }), 'nor through a proxy')
})
