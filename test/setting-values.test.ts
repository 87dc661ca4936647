import t from 'tap'
import { ConfigError, isLoopbackUrl, loadConfig } from '../src/config.js'
import { cidrList, hostAndPort, hostNames, listenAddress, SettingFault } from '../src/setting-values.js'

function faultsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  return []
}

t.test('the public URL is http:// and nothing but scheme, host and port', async (t) => {
  const rule = (value: string) => faultsOf({ LAB_PKI_PUBLIC_URL: value })[0]
  t.match(rule('https://pki.lab.example'), /^LAB_PKI_PUBLIC_URL=https:\/\/pki.lab.example: must be http:\/\//)
  t.match(rule('pki.lab.example'), /is no URL/)
  t.match(rule('http://pki.lab.example/ca'), /must have no user, path, query or fragment/)
  t.match(rule('http://pki.lab.example/?'), /must have no user, path, query or fragment/)
  t.match(rule('http://u@pki.lab.example'), /must have no user, path, query or fragment/)
  t.equal(loadConfig({ LAB_PKI_PUBLIC_URL: 'http://PKI.lab.example:80/' }).publicUrl, 'http://pki.lab.example')
})

t.test('a CA subject that AnyConnect cannot match is refused', async (t) => {
  const [fault] = faultsOf({ LAB_PKI_CA_SUBJECT: `CN=${'x'.repeat(31)}` })
  t.match(fault, /^LAB_PKI_CA_SUBJECT=CN=x+: .*30.*; write CN=lab-PKI-CA or CN=lab-PKI-CA,O=Lab,C=GB$/)
  t.match(faultsOf({ LAB_PKI_CA_SUBJECT: 'lab' })[0], /^LAB_PKI_CA_SUBJECT=lab: /)
})

t.test('loopback is told by the host of a URL', async (t) => {
  for (const url of ['http://127.0.0.1:8080', 'http://127.9.9.9', 'http://[::1]:80', 'http://localhost', 'http://a.localhost']) {
    t.ok(isLoopbackUrl(url), url)
  }
  for (const url of ['http://192.0.2.1', 'http://pki.lab.example', 'http://127.lab.example', 'http://[2001:db8::1]']) {
    t.notOk(isLoopbackUrl(url), url)
  }
})

t.test('addresses of listeners are an IP address or a name, and a port', async (t) => {
  t.same(listenAddress('[2001:db8::1]:443'), { host: '2001:db8::1', port: 443 })
  t.same(listenAddress('pki.lab.example:0'), { host: 'pki.lab.example', port: 0 })
  t.equal(hostAndPort({ host: '2001:db8::1', port: 443 }), '[2001:db8::1]:443')
  for (const bad of ['8080', ':8080', '127.0.0.1', '::1:80', '[127.0.0.1]:80', '1.2.3.4:65536', 'a b:1', 'http://x:1']) {
    t.throws(() => listenAddress(bad), SettingFault, bad)
  }
})

t.test('lists are separated by commas, and every item is judged', async (t) => {
  t.same(hostNames(' A.lab , 192.0.2.1 ,'), ['a.lab', '192.0.2.1'])
  t.throws(
    () => hostNames('a.lab,b_c'),
    new SettingFault('`b_c` is neither a DNS name nor an IP address', 'write pki.lab.example,192.0.2.10'),
  )
  t.same(cidrList(''), [])
  for (const bad of ['10.0.0.0/33', '10.0.0.0/', '2001:db8::/129', 'proxy.lab', '1.2.3.4/8/8'])
    t.throws(() => cidrList(bad), SettingFault, bad)
})
