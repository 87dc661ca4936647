/** A person in a real browser: authorizes, pastes a console capture into a plain box, executes, and has a certificate. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import t from 'tap'
import { OPENSSL, reportMissing, runReader } from '../support/second-reader.js'
import { adminToken, dataFolder, PROGRAM, startService } from '../support/service.js'

const CHROMIUM = { program: 'chromium', package: 'chromium' }

function findChromium(): string | undefined {
  const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))
  if (known) return known
  try {
    return execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}

t.test('Swagger UI: authorize, paste, execute, certificate', async (t) => {
  const executablePath = findChromium()
  if (!executablePath) {
    reportMissing(t, CHROMIUM)
    return
  }
  const data = dataFolder(t)
  const service = await startService(t, data)
  const profile = mkdtempSync(join(tmpdir(), 'lab-pki-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  t.teardown(async () => {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  })
  const page = await context.newPage()
  const origin = new URL(service.httpUrl).origin
  const foreign: string[] = []
  const refused: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:') && !request.url().startsWith('blob:'))
      foreign.push(request.url())
  })
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) refused.push(message.text())
  })

  await page.goto(`${service.httpUrl}/docs`)
  await page
    .getByRole('button', { name: /authorize/i })
    .first()
    .click()
  await page.locator('.modal-ux input').first().fill(adminToken(data))
  await page.locator('.modal-ux button.authorize').click()
  await page.locator('.modal-ux button.btn-done').click()

  const operation = page.locator('.opblock-post').filter({ has: page.locator('[data-path="/v1/requests"]') })
  await operation.locator('.opblock-summary').click()
  t.equal(await operation.locator('.opblock-section-request-body select').first().inputValue(), 'text/plain')
  await operation
    .locator('textarea')
    .first()
    .fill(readFileSync(join(PROGRAM, 'examples', 'asa-enroll.txt'), 'utf8'))
  await operation.getByRole('button', { name: 'Execute' }).click()
  const status = operation.locator('.live-responses-table tr.response .response-col_status').first()
  await status.waitFor()
  t.match(await status.innerText(), /^201/)
  // The box is taken from the page as text: highlighting is off, so that it is the JSON itself.
  const box = operation.locator('.live-responses-table tr.response .response-col_description pre').first()
  const answer = JSON.parse(await box.innerText()) as { status: string; certificate: { pem: string } }
  t.equal(answer.status, 'issued')
  const verified = runReader(t, OPENSSL, ['verify', '-x509_strict', '-CAfile', join(data, 'root.pem')], {
    input: answer.certificate.pem,
  })
  if (verified) t.equal(verified.stdout, 'stdin: OK\n')
  t.same(foreign, [], 'nothing is fetched from elsewhere')
  t.same(refused, [], 'the page keeps to its content security policy')
})
