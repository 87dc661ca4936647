import t from 'tap'
import { testApp } from '../support/app.js'

async function refusalOf(payload: object) {
  const { app, bearer } = await testApp()
  return (await app.inject({ method: 'POST', url: '/v1/requests', headers: bearer.admin, payload })).json()
}

t.test('every fault has its pointer, rule and remedy', async (t) => {
  const problem = await refusalOf({ template: '', subjectAltNames: { dns: 'x', uri: [] }, 'a/b~c': 1 })
  t.equal(problem.code, 'body-invalid')
  t.same(
    new Map(
      problem.errors.map((fault: { pointer: string; rule: string; remedy: string }) => [
        fault.pointer,
        `${fault.rule}; ${fault.remedy}`,
      ]),
    ),
    new Map([
      ['/csr', 'is missing; give `csr`'],
      ['/a~1b~0c', 'there is no such field; there are csr, template, subjectAltNames, trustpoint, comment'],
      [
        '/template',
        'is empty; what is meant: Name of the template, as `GET /v1/templates` lists it; the default template where none is named',
      ],
      ['/subjectAltNames/uri', 'there is no such field; there are dns, ip, email, upn'],
      ['/subjectAltNames/dns', 'must be a list; what is meant: A list of DNS names, such as ["vpn.lab.example"]'],
    ]),
  )
})

t.test('a long value is not shown: a key may have come to the wrong place', async (t) => {
  const problem = await refusalOf({ csr: 'x', template: 'MIGHAgEAMBMGByqGSM49'.repeat(10) })
  t.equal(problem.errors[0].pointer, '/template')
  t.equal(problem.errors[0].value, undefined)
  t.equal(problem.errors[0].rule, 'has more than 64 characters')
  t.notMatch(JSON.stringify(problem), /MIGHAgEA/)
})

t.test('nothing is converted and nothing is dropped', async (t) => {
  t.equal((await refusalOf({ csr: 5 })).errors[0].rule, 'must be a string')
  t.equal((await refusalOf([])).errors[0].rule, 'must be an object')
  const many = await refusalOf({ csr: 'x', subjectAltNames: { dns: Array(101).fill('a.lab') } })
  t.equal(many.errors[0].rule, 'has more than 100 entries')
})

t.test('a field that JavaScript knows by name is a field like others', async (t) => {
  const { app, bearer } = await testApp()
  const headers = { ...bearer.admin, 'content-type': 'application/json' }
  const payload = '{"csr":"x","__proto__":{"template":"WebServer"},"constructor":1}'
  const problem = (await app.inject({ method: 'POST', url: '/v1/requests', headers, payload })).json()
  t.same(problem.errors.map((fault: { pointer: string }) => fault.pointer).sort(), ['/__proto__', '/constructor'])
})
