/** Faults of the settings that no single parser can see: contradictions, and names that do not exist. */
import type { ConfigFault } from './config.js'
import { hostAndPort, isLoopbackHost, isLoopbackUrl } from './setting-values.js'
import type { Config } from './settings.js'

/** What is wrong although each setting alone is right. */
export function crossChecks(config: Config, publicUrlGiven: boolean): ConfigFault[] {
  const faults: ConfigFault[] = []
  const reach = (name: string, rule: string) =>
    faults.push({
      name: 'LAB_PKI_PUBLIC_URL',
      rule: `${name} ${rule}`,
      remedy: 'set it to http:// and a name or address of this machine that others reach',
    })
  for (const [name, listen] of [
    ['LAB_PKI_HTTP', config.http],
    ['LAB_PKI_HTTPS', config.https],
  ] as const) {
    if (!publicUrlGiven && listen && !isLoopbackHost(listen.host)) {
      reach(
        `${name}=${hostAndPort(listen)}`,
        'listens beyond this machine, and certificates would carry addresses that nobody else can reach',
      )
    }
  }
  if (!publicUrlGiven && config.http.port === 0) reach('LAB_PKI_HTTP', 'leaves the port open, so that nobody knows the URL ahead')
  if (config.caTiers === 2 && isLoopbackUrl(config.publicUrl)) {
    reach('LAB_PKI_CA_TIERS=2', `writes ${config.publicUrl} into the issuing CA's certificate for all its life`)
  }
  if (config.caTiers === 2 && config.caSubject.der.equals(config.issuingCaSubject.der)) {
    faults.push({
      name: 'LAB_PKI_ISSUING_CA_SUBJECT',
      rule: "is the root's subject, too: nobody could tell the two apart",
      remedy: 'give them different names',
    })
  }
  if (config.caPassphrase !== undefined && config.caPassphraseFile !== undefined) {
    faults.push({
      name: 'LAB_PKI_CA_PASSPHRASE',
      rule: 'is set together with LAB_PKI_CA_PASSPHRASE_FILE',
      remedy: 'keep one of the two',
    })
  }
  return faults
}

/** Variables of the test suite, which the service does not read. */
const TEST_PREFIX = 'LAB_PKI_TEST_'

/** Variables that look like settings and are none: a mistyped name would silently leave the default. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>, known: readonly string[]): ConfigFault[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('LAB_PKI_') && !name.startsWith(TEST_PREFIX) && !known.includes(name))
    .map((name) => {
      const close = known.map((k) => ({ k, distance: editDistance(name, k) })).sort((a, b) => a.distance - b.distance)[0]
      const meant = close && close.distance <= MAX_TYPING_ERRORS ? `did you mean ${close.k}? ` : ''
      return { name, rule: 'there is no such setting', remedy: `${meant}npm start -- --help lists them` }
    })
}

/** More edits than this, and a name was not mistyped but is another one. */
const MAX_TYPING_ERRORS = 4

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, x] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, y] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (x === y ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}
