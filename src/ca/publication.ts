/** What the CA publishes for everybody: certificates and CRLs, kept in memory so that they answer without the database. */
import { CaError } from '../errors.js'
import type { Publication } from './authority.js'
import { buildCrl } from './crl.js'
import type { Issuer } from './issuer.js'
import { attributeValues, formatName } from './name.js'
import { OID } from './oid.js'
import type { Clock, CrlRecord, IssuerSlug, Ledger, Register } from './ports.js'

const DAY_MS = 24 * 3600 * 1000

export interface CrlSchedule {
  /** From one publication to the next, in milliseconds. */
  readonly periodMs: number
  /** From the planned publication of the successor to nextUpdate, in milliseconds: the time left to mend a failure. */
  readonly overlapMs: number
  /** How far thisUpdate lies back, in milliseconds, for clients whose clock is behind. */
  readonly backdateMs: number
}

/** A root that signs only an issuing CA publishes once a year and is reminded of it 60 days ahead: its key may be in a safe. */
export const OFFLINE_ROOT_SCHEDULE: Omit<CrlSchedule, 'backdateMs'> = { periodMs: 305 * DAY_MS, overlapMs: 60 * DAY_MS }

/** Dates of a CRL made now, as AD CS computes them: thisUpdate is backdated, nextUpdate lies an overlap behind the next publication. */
export function crlDates(
  now: Date,
  schedule: CrlSchedule,
  issuerNotBefore: Date,
): Pick<CrlRecord, 'thisUpdate' | 'nextPublish' | 'nextUpdate'> {
  const at = Math.floor(now.getTime() / 1000) * 1000
  return {
    thisUpdate: new Date(Math.max(at - schedule.backdateMs, issuerNotBefore.getTime())),
    nextPublish: new Date(at + schedule.periodMs),
    nextUpdate: new Date(at + schedule.periodMs + schedule.overlapMs),
  }
}

/** max(previous + 1, Unix seconds): goes forward only, also after a restore of an old backup. */
export function nextCrlNumber(previous: bigint | undefined, now: Date): bigint {
  const seconds = BigInt(Math.floor(now.getTime() / 1000))
  return previous !== undefined && previous >= seconds ? previous + 1n : seconds
}

export interface PublicationDeps {
  readonly clock: Clock
  readonly register: Register
  readonly ledger: Ledger
  /** Issuing CA first, root last. */
  readonly issuers: readonly Issuer[]
  readonly schedule: (slug: IssuerSlug) => CrlSchedule
}

export interface Publisher extends Publication {
  /** Publishes every CRL that is due and takes up those that others published. Run at start and every minute. */
  refresh(): Promise<void>
  /** Sentences on CRLs that need somebody's attention; empty when all is well. `failed` where one can no longer be trusted. */
  health(): { readonly failed: readonly string[]; readonly warnings: readonly string[] }
}

export function createPublisher(deps: PublicationDeps): Publisher {
  const current = new Map<IssuerSlug, CrlRecord>()
  const bySlug = new Map(deps.issuers.map((issuer) => [issuer.slug, issuer]))
  const issuing = deps.issuers[0]
  if (!issuing) throw new CaError('issuer-unavailable', 'there is no issuer')

  async function refresh(): Promise<void> {
    for (const issuer of deps.issuers) await refreshOne(issuer)
  }

  async function refreshOne(issuer: Issuer): Promise<void> {
    const latest = await deps.register.latestCrl(issuer.id)
    if (latest) current.set(issuer.slug, latest)
    const now = deps.clock()
    if (!issuer.signer || (latest && now.getTime() < latest.nextPublish.getTime())) return
    const number = nextCrlNumber(latest?.number, now)
    const dates = crlDates(now, deps.schedule(issuer.slug), issuer.notBefore)
    const crl: CrlRecord = {
      issuerId: issuer.id,
      number,
      ...dates,
      crlDer: await buildCrl({ issuer, number, ...dates, entries: [] }),
    }
    await deps.ledger.commit(
      {
        at: now,
        actor: 'system',
        action: 'crl.published',
        object: issuer.slug,
        detail: { number: number.toString(), nextUpdate: dates.nextUpdate.toISOString() },
      },
      { kind: 'crlPublished', crl },
    )
    current.set(issuer.slug, crl)
  }

  function health() {
    const failed: string[] = []
    const warnings: string[] = []
    const now = deps.clock().getTime()
    for (const issuer of deps.issuers) {
      const crl = current.get(issuer.slug)
      if (!crl || crl.nextUpdate.getTime() <= now)
        failed.push(`the CRL of ${issuer.slug} is ${crl ? 'past its nextUpdate' : 'missing'}`)
      else if (crl.nextPublish.getTime() <= now) warnings.push(lateSentence(issuer, crl))
    }
    return { failed, warnings }
  }

  return {
    caName: attributeValues(issuing.subject, OID.commonName)[0] ?? formatName(issuing.subject),
    certificate: (slug) => bySlug.get(slug)?.certificateDer,
    chain: () => deps.issuers.map((issuer) => issuer.certificateDer),
    crl: async (slug) => current.get(slug),
    refresh,
    health,
  }
}

function lateSentence(issuer: Issuer, crl: CrlRecord): string {
  const until = crl.nextUpdate.toISOString()
  return issuer.signer
    ? `the CRL of ${issuer.slug} should have been published again at ${crl.nextPublish.toISOString()} and ends ${until}`
    : `the CRL of ${issuer.slug} ends ${until}: sign a new one where its key is (\`root sign-crl\`) and bring it here (\`root import-crl\`)`
}
