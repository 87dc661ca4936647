import t from 'tap'
import { formatName } from '../src/ca/name.js'
import { ConfigError, loadConfig } from '../src/config.js'

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
