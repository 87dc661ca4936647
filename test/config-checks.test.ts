import t from 'tap'
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
