/** `openapi`: writes the committed OpenAPI document and the list of error codes from the app's own routes and tables. */
import { join } from 'node:path'
import { type AppDeps, buildApp } from '../app.js'
import { openapiDocument } from '../routes/docs.js'
import { errorsMarkdown } from '../routes/error-page.js'
import { createFailedLogins } from '../routes/failed-logins.js'
import { createInstruments } from '../routes/instruments.js'
import { writeDurably } from '../service/secret-file.js'
import type { VerbContext } from './context.js'

/** What everybody may read. */
const PUBLIC_MODE = 0o644

export async function openapiVerb(context: VerbContext): Promise<void> {
  const app = await buildApp(
    {
      // Routes are described, none is called.
      authority: { publication: undefined } as unknown as AppDeps['authority'],
      clock: context.clock,
      random: context.random,
      memoryUsage: () => process.memoryUsage(),
      instruments: createInstruments(),
      failures: createFailedLogins(() => 0),
      trustedProxies: [],
      httpsUrl: undefined,
    },
    { transport: 'https' },
  )
  const file = join(context.programFolder, 'openapi', 'openapi.json')
  await writeDurably(file, `${JSON.stringify(await openapiDocument(app), null, 2)}\n`, PUBLIC_MODE)
  await writeDurably(join(context.programFolder, 'docs', 'errors.md'), errorsMarkdown(), PUBLIC_MODE)
  await app.close()
  context.say(`${file} is written`)
}
