/** `migrate`: brings the database to the newest schema. `serve` does the same at its start. */
import { openStore } from '../service/open-store.js'
import type { VerbContext } from './context.js'

export async function migrateVerb(context: VerbContext): Promise<void> {
  const store = await openStore(context, 'beside')
  await store.close()
  context.say(store.applied.length > 0 ? `applied ${store.applied.join(', ')}` : 'the schema is the newest already')
}
