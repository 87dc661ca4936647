import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { type Browser, chromium } from 'playwright-core'
import t from 'tap'
import { CA_ERROR_CODES } from '../../src/errors.js'
import { openapiDocument } from '../../src/routes/docs.js'
import { CAPTURE, testApp } from '../support/app.js'
import { reportMissing } from '../support/second-reader.js'

interface Operation {
  operationId?: string
  summary?: string
  description?: string
  tags?: string[]
  security?: object[]
  parameters?: { name: string; description?: string }[]
  requestBody?: { content: Record<string, { schema: unknown; example?: unknown }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: { $ref?: string }; example?: unknown }> }>
}
interface Document {
  openapi: string
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}
interface Schema {
  $ref?: string
  description?: string
  enum?: string[]
  properties?: Record<string, Schema>
  items?: Schema
  additionalProperties?: unknown
}

const COMMITTED = readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8')

async function documentOf(): Promise<Document> {
  const { app } = await testApp()
  return (await openapiDocument(app)) as Document
}

t.test('the committed document is the one of the application, on both transports', async (t) => {
  for (const transport of ['http', 'https'] as const) {
    const { app } = await testApp({ transport })
    t.equal(`${JSON.stringify(await openapiDocument(app), null, 2)}\n`, COMMITTED, `${transport}: run npm run openapi`)
  }
})

t.test('it is valid OpenAPI 3.1', async (t) => {
  const document = await documentOf()
  t.equal(document.openapi, '3.1.0')
  t.match(await new Validator().validate(JSON.parse(COMMITTED)), { valid: true })
})

t.test('every operation is complete: id, words, tag, roles or openness, problems, examples', async (t) => {
  const document = await documentOf()
  const tags = document.tags.map((tag) => tag.name)
  const ids = new Set<string>()
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method} ${path}`
      t.ok(operation.operationId && !ids.has(operation.operationId), `${name} has an id of its own`)
      ids.add(operation.operationId ?? '')
      t.ok(operation.summary, `${name} has a summary`)
      t.ok(operation.tags?.every((tag) => tags.includes(tag)) && operation.tags.length === 1, `${name} has one known tag`)
      const open = operation.security?.length === 0
      t.match(operation.description, open ? /No token is needed/ : /Roles: [a-z, ]+\.$/, `${name} says who may call`)
      for (const parameter of operation.parameters ?? []) t.ok(parameter.description, `${name} explains ${parameter.name}`)
      const problems = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400)
      for (const [status, response] of problems) {
        const problem = response.content?.['application/problem+json']
        if (path === '/readyz' && status === '503') continue
        t.equal(problem?.schema.$ref, '#/components/schemas/Problem', `${name} ${status} is a problem`)
        t.equal(
          (problem?.example as { status: number } | undefined)?.status,
          Number(status),
          `${name} ${status} has a fitting example`,
        )
      }
      for (const [status, response] of Object.entries(operation.responses)) {
        const json = response.content?.['application/json']
        if (json) t.ok(json.example, `${name} ${status} has an example`)
      }
    }
  }
})

t.test('every property of every schema has a description', async (t) => {
  const document = await documentOf()
  const visit = (schema: Schema, at: string) => {
    if (schema.$ref) return
    t.ok(schema.description, `${at} is described`)
    for (const [name, property] of Object.entries(schema.properties ?? {})) visit(property, `${at}.${name}`)
    if (schema.items) visit(schema.items, `${at}[]`)
  }
  for (const [name, schema] of Object.entries(document.components.schemas)) visit(schema, name)
})

t.test('objects of the wire have exactly their fields', async (t) => {
  const document = await documentOf()
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    if (schema.properties) t.equal(schema.additionalProperties, false, name)
  }
})

t.test('the document knows exactly the error codes that there are, and each belongs to an operation', async (t) => {
  const document = await documentOf()
  t.same(document.components.schemas.Problem?.properties?.code?.enum, CA_ERROR_CODES)
  const told = new Set<string>()
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    for (const { description } of Object.values(operation.responses)) {
      for (const [, code] of description.matchAll(/`([a-z-]+)`: /g)) told.add(code ?? '')
    }
  }
  t.same([...told].sort(), [...CA_ERROR_CODES].sort())
})

t.test('the first body of a submission is a plain box with a real capture', async (t) => {
  const document = await documentOf()
  const content = document.paths['/v1/requests']?.post?.requestBody?.content ?? {}
  t.same(Object.keys(content), [
    'text/plain',
    'application/pkcs10',
    'application/x-pem-file',
    'application/octet-stream',
    'application/x-www-form-urlencoded',
    'application/json',
  ])
  t.equal(content['text/plain']?.example, CAPTURE)
})

t.test('Swagger UI loads nothing from elsewhere, and cannot', async (t) => {
  const { app } = await testApp()
  const page = await app.inject({ url: '/docs' })
  t.equal(page.statusCode, 200)
  t.notMatch(page.body, /https?:\/\//)
  t.match(page.headers['content-security-policy'], /default-src 'none'; script-src 'self'/)
  t.notMatch(page.headers['content-security-policy'], /script-src[^;]*unsafe/)
  const initializer = await app.inject({ url: '/docs/static/swagger-initializer.js' })
  t.match(initializer.body, /validatorUrl: null/)
  t.match(initializer.body, /"?layout"?: ?"BaseLayout"/, 'the one without a bar')
})

t.test('the page about errors has an anchor for every code', async (t) => {
  const { app } = await testApp()
  const page = await app.inject({ url: '/docs/errors' })
  t.equal(page.headers['content-type'], 'text/html; charset=utf-8')
  for (const code of CA_ERROR_CODES) t.ok(page.body.includes(`id="${code}"`), code)
})

const CHROMIUM = '/usr/bin/chromium'

async function openBrowser(): Promise<Browser | undefined> {
  try {
    return await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  } catch {
    return undefined
  }
}

t.test('a person authorizes, pastes a capture of many lines, executes, and has a certificate', async (t) => {
  const browser = await openBrowser()
  if (!browser) return reportMissing(t, { program: 'chromium', package: 'chromium' })
  const { app, bearer } = await testApp({ transport: 'http' })
  t.teardown(() => Promise.all([browser.close(), app.close()]))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  const elsewhere: string[] = []
  page.on('request', (request) => !request.url().startsWith(app.listeningOrigin) && elsewhere.push(request.url()))

  await page.goto(`${app.listeningOrigin}/docs`)
  await page.waitForSelector('.btn.authorize')
  t.equal(await page.locator('.topbar, .download-url-wrapper, img').count(), 0, 'no bar for other documents, no logo')
  t.equal(await page.title(), 'lab-pki')
  await page.click('.btn.authorize')
  await page.fill('.auth-container input', bearer.admin.authorization.slice('Bearer '.length))
  await page.click('.auth-btn-wrapper .authorize')
  await page.click('.auth-btn-wrapper .btn-done')
  await page.click('#operations-requests-submitRequest .opblock-summary')
  const box = page.locator('#operations-requests-submitRequest textarea')
  t.equal(await box.inputValue(), CAPTURE, 'the box holds the example')
  await box.fill(CAPTURE)
  await page.click('#operations-requests-submitRequest .execute')
  const answer = page.locator('#operations-requests-submitRequest .live-responses-table .response')
  t.match(await answer.textContent(), /201[\s\S]*"status": "issued"[\s\S]*BEGIN CERTIFICATE/)
  t.same(complaints, [], 'the browser complains of nothing, also not of the content security policy')
  t.same(
    elsewhere.filter((url) => !url.startsWith('data:') && !url.startsWith('blob:')),
    [],
    'the page asks nobody else',
  )
})
