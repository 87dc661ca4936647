import { randomBytes } from 'node:crypto'
import t from 'tap'
import { newSerial, serialOctets } from '../../src/ca/serial.js'

t.test('a serial has 16 octets, is positive and has no zero in front, whatever the random octets are', async (t) => {
  for (let first = 0; first < 256; first++) {
    const serial = newSerial((octets) => Buffer.alloc(octets, first))
    const octets = serialOctets(serial)
    t.equal(octets.length, 16)
    t.equal((octets[0] ?? 0) & 0xc0, 0x40, `random octet ${first}: top bit clear, the next one set`)
  }
})

t.test('all but the two fixed bits of the random octets stand in the serial', async (t) => {
  t.equal(
    newSerial(() => Buffer.from('ffeeddccbbaa99887766554433221100', 'hex')),
    '7feeddccbbaa99887766554433221100',
  )
  t.equal(
    newSerial(() => Buffer.from('00000000000000000000000000000001', 'hex')),
    '40000000000000000000000000000001',
  )
  t.match(newSerial(randomBytes), /^[4-7][0-9a-f]{31}$/)
})

t.test('a thousand serials differ', async (t) => {
  t.equal(new Set(Array.from({ length: 1000 }, () => newSerial(randomBytes))).size, 1000)
})

t.test('the random octets that come in are not written to', async (t) => {
  const octets = Buffer.alloc(16)
  newSerial(() => octets)
  t.ok(octets.equals(Buffer.alloc(16)))
})
