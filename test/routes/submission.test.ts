import t from 'tap'
import { CaError } from '../../src/errors.js'
import { submissionOf } from '../../src/routes/submission.js'
import { submit, testApp } from '../support/app.js'

t.test('a raw body is the paste, the query goes along', async (t) => {
  const paste = Buffer.from('x')
  t.same(submissionOf({ body: paste, query: {} }), { paste, subjectAltNames: {} })
  t.same(
    submissionOf({
      body: paste,
      query: {
        template: 'T',
        trustpoint: 'P',
        comment: 'C',
        subjectAltName: ['dns:a.lab', 'ip:2001:db8::1', 'DNS:b.lab', 'upn:x@lab', 'email:y@lab'],
      },
    }),
    {
      paste,
      template: 'T',
      trustpoint: 'P',
      comment: 'C',
      subjectAltNames: { dns: ['a.lab', 'b.lab'], ip: ['2001:db8::1'], upn: ['x@lab'], email: ['y@lab'] },
    },
  )
  t.same(submissionOf({ body: undefined, query: {} }).paste.length, 0)
})

t.test('a name without its type is refused with the way to write it', async (t) => {
  for (const value of ['vpn.lab.example', 'uri:http://x', 'dns:', ':x']) {
    try {
      submissionOf({ body: Buffer.alloc(0), query: { subjectAltName: [value] } })
      t.fail(value)
    } catch (error) {
      t.ok(error instanceof CaError && error.code === 'query-invalid')
      t.match(error, {
        detail: `?subjectAltName (${value}): has no type in front, or no name behind it; write dns:vpn.lab.example, ip:203.0.113.1, email:admin@lab.example or upn:admin@lab.example`,
      })
    }
  }
})

t.test('with JSON the fields stand in the body, and what stands in the query is not overlooked', async (t) => {
  t.throws(() => submissionOf({ body: { csr: 'x' }, query: { template: 'T' } }), {
    code: 'query-invalid',
    detail: '?template: goes along with a raw body only; give it as a field of the JSON: template',
  })
  t.throws(() => submissionOf({ body: { csr: 'x' }, query: { subjectAltName: ['dns:a'] } }), {
    code: 'query-invalid',
    detail: '?subjectAltName: goes along with a raw body only; give it as a field of the JSON: subjectAltNames',
  })
})

t.test('a parameter other than subjectAltName is given once', async (t) => {
  const world = await testApp()
  const answer = await submit(world, '?template=WebServer&template=VPNGateway')
  t.equal(answer.json().code, 'query-invalid')
  t.match(answer.json().detail, /^\?template: is given more than once/)
})
