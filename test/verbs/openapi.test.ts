import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openapiVerb } from '../../src/verbs/openapi.js'
import { PROGRAM } from '../support/service.js'
import { verbContext } from '../support/verb-context.js'

t.test('writes the committed document and the committed list of error codes, to the octet', async (t) => {
  const programFolder = t.testdir({ openapi: {}, docs: {} })
  const { context, said } = await verbContext(t, { programFolder })
  await openapiVerb(context)
  for (const file of ['openapi/openapi.json', 'docs/errors.md']) {
    t.equal(
      readFileSync(join(programFolder, file), 'utf8'),
      readFileSync(join(PROGRAM, file), 'utf8'),
      `${file}: npm run openapi`,
    )
  }
  t.same(said, [`${join(programFolder, 'openapi', 'openapi.json')} is written`])
})
