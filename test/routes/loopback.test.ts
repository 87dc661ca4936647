import t from 'tap'
import { isLoopbackAddress } from '../../src/routes/loopback.js'

t.test('loopback is told by the address of the socket', async (t) => {
  for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) t.ok(isLoopbackAddress(address), address)
  for (const address of [undefined, '', '10.0.0.1', '::ffff:10.0.0.1', '127.0.0.1.example', '::', '128.0.0.1']) {
    t.notOk(isLoopbackAddress(address), String(address))
  }
})
