import { isIP } from 'node:net'
import t from 'tap'
import { formatIp, parseIp } from '../../src/ca/ip-address.js'

t.test('addresses are read and written in the form of RFC 5952', async (t) => {
  for (const [text, canonical] of [
    ['203.0.113.1', '203.0.113.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['fe80::', 'fe80::'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['203A:88A1::', '203a:88a1::'],
  ] as const) {
    const octets = parseIp(text)
    t.equal(octets && formatIp(octets), canonical, text)
  }
})

t.test('what is no address is not taken for one', async (t) => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.04',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '0x1.2.3.4',
    '1.2.3.-4',
    '1.2.3.4/24',
    '１.2.3.4',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '::1%eth0',
    '[::1]',
    '::1.2.3',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
    'vpn.lab.example',
  ]) {
    t.equal(parseIp(text), undefined, text)
  }
})

t.test('Node and this reader agree on a thousand made-up texts, and every address comes back', async (t) => {
  const pieces = ['0', '1', 'ff', 'abcd', '12345', ':', '::', ':', '.', '1.2.3.4', '255', '256']
  let state = 7
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >> 8) % below
  }
  let addresses = 0
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: 1 + random(15) }, () => pieces[random(pieces.length)]).join('')
    const octets = parseIp(text)
    if ((octets !== undefined) !== isIP(text) > 0) t.fail(`${text}: Node says ${isIP(text)}`)
    if (!octets) continue
    addresses++
    const canonical = formatIp(octets)
    if (!parseIp(canonical)?.equals(octets)) t.fail(`${text}: written as ${canonical}`)
  }
  t.ok(addresses > 100, `${addresses} were addresses`)
})
