import { readFileSync } from 'node:fs'
import t from 'tap'
import { CA_ERROR_CODES } from '../../src/errors.js'
import { ERROR_STATUS } from '../../src/routes/error-catalogue.js'
import { errorsHtml, errorsMarkdown } from '../../src/routes/error-page.js'

const COMMITTED = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')

t.test('docs/errors.md is what the tables say', async (t) => {
  t.equal(COMMITTED, errorsMarkdown(), 'run npm run openapi')
})

t.test('docs/errors.md names exactly the codes that there are, with their statuses', async (t) => {
  const rows = [...COMMITTED.matchAll(/^\| <a id="([a-z-]+)"><\/a>`([a-z-]+)` \| (\d{3}) \| .+ \| .+ \|$/gm)]
  t.same(
    rows.map((row) => row[1]),
    CA_ERROR_CODES,
  )
  for (const [, anchor, code, status] of rows) {
    t.equal(anchor, code)
    t.equal(Number(status), ERROR_STATUS[code as keyof typeof ERROR_STATUS])
  }
})

t.test('the page has no script and no style', async (t) => {
  t.notMatch(errorsHtml(), /<script|<style|style=|onload/)
})
