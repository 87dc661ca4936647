import t from 'tap'
import { formatName } from '../src/ca/name.js'
import { ConfigError, configHelp, configMarkdown, isLoopbackUrl, loadConfig, SETTING_DESCRIPTIONS } from '../src/config.js'

function faultsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  return []
}

t.test('an empty environment gives the documented defaults, frozen', async (t) => {
  const config = loadConfig({})
  t.equal(config.data, './lab-pki-data')
  t.same(config.http, { host: '127.0.0.1', port: 8080 })
  t.equal(config.https, undefined)
  t.same(config.httpsNames, [])
  t.equal(config.publicUrl, 'http://127.0.0.1:8080')
  t.equal(formatName(config.caSubject), 'CN=lab-PKI-CA')
  t.equal(config.caKeyType, 'rsa-3072')
  t.equal(config.caTiers, 1)
  t.same(config.notAfterCap, new Date('2038-01-19T03:14:06Z'))
  t.equal(config.backdateSeconds, 600)
  t.equal(config.crlDays, 7)
  t.equal(config.adminToken, undefined)
  t.equal(config.logLevel, 'info')
  t.ok(Object.isFrozen(config))
})

t.test('an empty variable counts as unset', async (t) => {
  t.same(loadConfig({ LAB_PKI_HTTPS: '', LAB_PKI_CRL_DAYS: '' }), loadConfig({}))
})

t.test('every setting is read from its variable', async (t) => {
  const config = loadConfig({
    LAB_PKI_DATA: '/srv/pki',
    LAB_PKI_HTTP: '[::]:80',
    LAB_PKI_HTTPS: '0.0.0.0:8443',
    LAB_PKI_HTTPS_NAMES: 'PKI.lab.example, 192.0.2.10',
    LAB_PKI_PUBLIC_URL: 'http://pki.lab.example/',
    LAB_PKI_ADMIN_TOKEN: `lpk_${'a'.repeat(43)}`,
    LAB_PKI_TRUSTED_PROXIES: '192.0.2.1,2001:db8::/32',
    DATABASE_URL: 'postgres://u:p@db/pki',
    LAB_PKI_CA_SUBJECT: 'CN=Lab Root,O=Lab,C=GB',
    LAB_PKI_CA_KEY_TYPE: 'p384',
    LAB_PKI_CA_TIERS: '2',
    LAB_PKI_CA_DAYS: '7300',
    LAB_PKI_ISSUING_CA_SUBJECT: 'CN=Lab Issuing,O=Lab,C=GB',
    LAB_PKI_ISSUING_CA_DAYS: '1000',
    LAB_PKI_NOT_AFTER_CAP: 'off',
    LAB_PKI_CA_PASSPHRASE_FILE: '/run/secrets/pass',
    LAB_PKI_BACKDATE_SECONDS: '0',
    LAB_PKI_CRL_DAYS: '1',
    LAB_PKI_CRL_OVERLAP_HOURS: '12',
    LAB_PKI_TEMPLATES: '/srv/templates',
    LAB_PKI_LOG_LEVEL: 'debug',
  })
  t.same(config.http, { host: '::', port: 80 })
  t.same(config.https, { host: '0.0.0.0', port: 8443 })
  t.same(config.httpsNames, ['pki.lab.example', '192.0.2.10'])
  t.equal(config.publicUrl, 'http://pki.lab.example')
  t.same(config.trustedProxies, ['192.0.2.1', '2001:db8::/32'])
  t.equal(formatName(config.issuingCaSubject), 'CN=Lab Issuing,O=Lab,C=GB')
  t.equal(config.caTiers, 2)
  t.equal(config.notAfterCap, undefined)
  t.equal(config.crlOverlapHours, 12)
})

t.test('all wrong values are named at once, with rule and remedy', async (t) => {
  t.same(
    faultsOf({
      LAB_PKI_HTTP: '8080',
      LAB_PKI_CRL_DAYS: '0',
      LAB_PKI_CA_KEY_TYPE: 'rsa-1024',
      LAB_PKI_TRUSTED_PROXIES: '10.0.0.0/33',
      LAB_PKI_NOT_AFTER_CAP: '2038',
    }),
    [
      'LAB_PKI_HTTP=8080: is no address and port; write 127.0.0.1:8080, 0.0.0.0:8080 (all of IPv4) or [::]:8080 (all of IPv6 and IPv4)',
      'LAB_PKI_TRUSTED_PROXIES=10.0.0.0/33: `10.0.0.0/33` is neither an IP address nor a CIDR block; write 192.0.2.10,198.51.100.0/24',
      'LAB_PKI_CA_KEY_TYPE=rsa-1024: is none of the values there are; write rsa-2048, rsa-3072, rsa-4096, p256, p384',
      'LAB_PKI_NOT_AFTER_CAP=2038: is no moment in UTC; write 2038-01-19T03:14:06Z, or off for no cap',
      'LAB_PKI_CRL_DAYS=0: must be a whole number of days; write a number from 1 to 366',
    ],
  )
})

t.test('a wrong secret is named but not shown', async (t) => {
  const faults = faultsOf({ LAB_PKI_ADMIN_TOKEN: 'hunter2', DATABASE_URL: 'mysql://root:hunter2@db/x' })
  t.same(faults, [
    'LAB_PKI_ADMIN_TOKEN: is no token: it must have 256 random bits; make one: echo "lpk_$(openssl rand -base64 32 | tr +/ -_ | tr -d =)"',
    'DATABASE_URL: is no URL of a PostgreSQL database; write postgres://user:password@host:5432/database',
  ])
})

t.test('a name that does not exist is a fault, with the name that was meant', async (t) => {
  t.same(faultsOf({ LAB_PKI_PUBLIC_ULR: 'x', LAB_PKI_ELEPHANTS: '1' }), [
    'LAB_PKI_PUBLIC_ULR: there is no such setting; did you mean LAB_PKI_PUBLIC_URL? npm start -- --help lists them',
    'LAB_PKI_ELEPHANTS: there is no such setting; npm start -- --help lists them',
  ])
  t.same(faultsOf({ LAB_PKI_TEST_REQUIRE_ALL: '1' }), [], 'the test suite has variables of its own')
})

t.test('listening beyond loopback needs a public URL', async (t) => {
  const remedy = 'set it to http:// and a name or address of this machine that others reach'
  t.same(faultsOf({ LAB_PKI_HTTP: '0.0.0.0:8080' }), [
    `LAB_PKI_PUBLIC_URL: LAB_PKI_HTTP=0.0.0.0:8080 listens beyond this machine, and certificates would carry addresses that nobody else can reach; ${remedy}`,
  ])
  t.equal(faultsOf({ LAB_PKI_HTTPS: '[::]:8443' }).length, 1)
  t.same(faultsOf({ LAB_PKI_HTTP: '0.0.0.0:8080', LAB_PKI_PUBLIC_URL: 'http://pki.lab.example:8080' }), [])
  t.same(faultsOf({ LAB_PKI_HTTP: '127.0.0.1:0' }), [
    `LAB_PKI_PUBLIC_URL: LAB_PKI_HTTP leaves the port open, so that nobody knows the URL ahead; ${remedy}`,
  ])
})

t.test('the public URL is http:// and nothing but scheme, host and port', async (t) => {
  const rule = (value: string) => faultsOf({ LAB_PKI_PUBLIC_URL: value })[0]
  t.match(rule('https://pki.lab.example'), /^LAB_PKI_PUBLIC_URL=https:\/\/pki.lab.example: must be http:\/\//)
  t.match(rule('pki.lab.example'), /is no URL/)
  t.match(rule('http://pki.lab.example/ca'), /must have no user, path, query or fragment/)
  t.match(rule('http://pki.lab.example/?'), /must have no user, path, query or fragment/)
  t.match(rule('http://u@pki.lab.example'), /must have no user, path, query or fragment/)
  t.equal(loadConfig({ LAB_PKI_PUBLIC_URL: 'http://PKI.lab.example:80/' }).publicUrl, 'http://pki.lab.example')
})

t.test('two tiers need a public URL that outlives this machine, and two names', async (t) => {
  t.match(faultsOf({ LAB_PKI_CA_TIERS: '2' }), [/^LAB_PKI_PUBLIC_URL: LAB_PKI_CA_TIERS=2 writes http:\/\/127\.0\.0\.1:8080 into/])
  t.match(
    faultsOf({ LAB_PKI_CA_TIERS: '2', LAB_PKI_PUBLIC_URL: 'http://p.example', LAB_PKI_ISSUING_CA_SUBJECT: 'CN=lab-PKI-CA' }),
    [/^LAB_PKI_ISSUING_CA_SUBJECT: is the root's subject, too/],
  )
})

t.test('a passphrase comes from one place, and is not shown', async (t) => {
  t.same(faultsOf({ LAB_PKI_CA_PASSPHRASE: 'hunter2', LAB_PKI_CA_PASSPHRASE_FILE: '/x' }), [
    'LAB_PKI_CA_PASSPHRASE: is set together with LAB_PKI_CA_PASSPHRASE_FILE; keep one of the two',
  ])
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

t.test('help and README name every setting', async (t) => {
  for (const { name, doc } of SETTING_DESCRIPTIONS) {
    t.ok(configHelp().includes(`  ${name}=`), name)
    t.ok(configMarkdown().includes(`| \`${name}\` |`), name)
    t.ok(configMarkdown().includes(doc), name)
  }
  t.ok(
    configHelp()
      .split('\n')
      .every((line) => line.length <= 130),
    'lines fit a terminal',
  )
})
