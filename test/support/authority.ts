/** A whole authority over the store in memory: P-256 root, shipped templates, a clock that stands still. */
import { readFileSync } from 'node:fs'
import type { Caller } from '../../src/ca/authority.js'
import { openCa } from '../../src/ca/bootstrap.js'
import { loadCompromisedKeys } from '../../src/ca/compromised-keys.js'
import type { EnrollmentDeps } from '../../src/ca/enrollment.js'
import { parseDistinguishedName } from '../../src/ca/name.js'
import { fixedClock, seededRandom } from './fixed-world.js'
import { shippedTemplate, shippedTemplates } from './issuance.js'
import { createMemoryStore, memoryCabinet } from './memory-store.js'

export const ADMIN: Caller = { tokenId: 1, name: 'admin', role: 'admin', patterns: {}, wildcards: true }

export async function memoryEnrollment(seed: string) {
  const store = createMemoryStore()
  const time = fixedClock('2027-03-01T12:00:00Z')
  const random = seededRandom(seed)
  const { issuers } = await openCa({
    clock: time.clock,
    random,
    register: store.register,
    ledger: store.ledger,
    cabinet: memoryCabinet(),
    plan: {
      tiers: 1,
      keyKind: 'p256',
      rootSubject: parseDistinguishedName('CN=lab-PKI-CA'),
      rootDays: 3650,
      issuingSubject: parseDistinguishedName('CN=unused'),
      issuingDays: 1825,
      notAfterCap: new Date('2038-01-19T03:14:07Z'),
      publicUrl: 'http://pki.lab.example',
    },
  })
  const [issuer] = issuers
  if (!issuer) throw new Error('no issuer')
  const deps: EnrollmentDeps = {
    clock: time.clock,
    random,
    ledger: store.ledger,
    register: store.register,
    templates: shippedTemplates(),
    defaultTemplate: shippedTemplate('WebServer'),
    compromisedKeys: loadCompromisedKeys(readFileSync(new URL('../../data/compromised-keys.txt', import.meta.url), 'utf8')),
    issuer,
    checkTrustpoint: () => {},
    settings: { backdateSeconds: 600, notAfterCap: new Date('2038-01-19T03:14:07Z'), standingWarnings: [] },
  }
  return { store, time, deps, issuers }
}
