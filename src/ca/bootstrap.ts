/** The first start: makes the CA once, and at every later start puts issuers and keys together again. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { CaError } from '../errors.js'
import { buildIssuingCertificate, buildRootCertificate } from './ca-certificate.js'
import { createIssuer, type Issuer } from './issuer.js'
import { generateIssuerKey, type IssuerKeyKind } from './key-file.js'
import type { Name } from './name.js'
import type { Clock, IssuerRecord, IssuerSlug, Ledger, RandomBytes, Register } from './ports.js'
import { newSerial } from './serial.js'
import { signerFromKey } from './signer.js'

const DAY_MS = 24 * 3600 * 1000
/** A new CA certificate is valid since the day before, for clients in any time zone and with any clock. */
const CA_BACKDATE_MS = DAY_MS

export interface CaPlan {
  readonly tiers: 1 | 2
  readonly keyKind: IssuerKeyKind
  readonly rootSubject: Name
  readonly rootDays: number
  readonly issuingSubject: Name
  readonly issuingDays: number
  /** Everything ends before it; undefined: no cap. */
  readonly notAfterCap: Date | undefined
  readonly publicUrl: string
}

/** Where the private keys of issuers are: encrypted files beside the service. */
export interface KeyCabinet {
  /** Every key here, decrypted. `settled` is false for one written before its issuer's row was durable. */
  list(): Promise<readonly StoredKey[]>
  /** Writes a key durably, not yet settled. */
  add(slug: IssuerSlug, key: KeyObject): Promise<StoredKey>
  /** Marks a key as belonging to an issuer of the database. */
  settle(key: StoredKey): Promise<void>
}

export interface StoredKey {
  readonly slug: IssuerSlug
  readonly key: KeyObject
  readonly settled: boolean
  /** File name for messages. */
  readonly file: string
}

export interface BootstrapDeps {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly register: Register
  readonly ledger: Ledger
  readonly cabinet: KeyCabinet
  readonly plan: CaPlan
}

/**
 * The issuers with their signers, issuing CA first, root last. Makes the CA when the database knows none.
 * Call it under the store's creation lock, so that two first starts make one CA.
 * @throws CaError `issuer-unavailable` when database and keys do not belong together; a second root is never made.
 */
export async function openCa(deps: BootstrapDeps): Promise<{ readonly issuers: readonly Issuer[]; readonly created: boolean }> {
  const records = (await deps.register.listIssuers()).filter((record) => record.state === 'active')
  const created = records.length === 0
  if (created) await createCa(deps)
  const all = await deps.register.listIssuers()
  return { issuers: await joinKeys(deps, all), created }
}

async function createCa(deps: BootstrapDeps): Promise<void> {
  const keys = await deps.cabinet.list()
  const foreign = keys.filter((key) => key.settled)
  if (foreign.length > 0) {
    throw new CaError(
      'issuer-unavailable',
      `the key ${foreign.map((key) => key.file).join(', ')} belongs to a CA that this database does not know: restore the database's backup, or point LAB_PKI_DATA to an empty folder for a new CA`,
    )
  }
  // Step 1: the root's key, then its row. A crash between the two leaves an unsettled key, which the next start takes up.
  const { plan } = deps
  const rootKey = await keyFor(deps, 'root', keys)
  const rootSigner = signerFromKey(rootKey.key)
  const last = plan.notAfterCap && new Date(plan.notAfterCap.getTime() - 1000)
  const dates = caDates(deps.clock(), plan.rootDays, last)
  const rootDer = await buildRootCertificate({
    subject: plan.rootSubject,
    signer: rootSigner,
    serial: newSerial(deps.random),
    ...dates,
  })
  if (plan.tiers === 2) {
    // Step 2, with two tiers: the issuing CA first, so that a crash never leaves a root alone that would then issue directly.
    const root = createIssuer(issuerRecord(0, 'root', rootDer, rootSigner.spkiDer, deps.clock()), rootSigner, plan.publicUrl)
    const issuingKey = await keyFor(deps, 'ca', keys)
    const spkiDer = createPublicKey(issuingKey.key).export({ type: 'spki', format: 'der' })
    const issuingDates = caDates(deps.clock(), plan.issuingDays, dates.notAfter)
    const issuingDer = await buildIssuingCertificate({
      subject: plan.issuingSubject,
      spkiDer,
      parent: root,
      serial: newSerial(deps.random),
      ...issuingDates,
    })
    await commitIssuers(deps, [
      issuerRecord(0, 'root', rootDer, rootSigner.spkiDer, deps.clock()),
      issuerRecord(0, 'ca', issuingDer, spkiDer, deps.clock()),
    ])
    return
  }
  await commitIssuers(deps, [issuerRecord(0, 'root', rootDer, rootSigner.spkiDer, deps.clock())])
}

async function commitIssuers(deps: BootstrapDeps, records: readonly IssuerRecord[]): Promise<void> {
  const at = deps.clock()
  const event = {
    at,
    actor: 'system',
    action: 'issuer.created',
    object: records.map((record) => record.slug).join(' '),
    detail: Object.fromEntries(
      records.map((r) => [`${r.slug}Sha256`, createHash('sha256').update(r.certificateDer).digest('hex')]),
    ),
  }
  await deps.ledger.commit(event, { kind: 'issuersCreated', issuers: records.map(({ id: _id, ...issuer }) => issuer) })
}

async function keyFor(deps: BootstrapDeps, slug: IssuerSlug, keys: readonly StoredKey[]): Promise<StoredKey> {
  const left = keys.find((key) => key.slug === slug && !key.settled)
  return left ?? (await deps.cabinet.add(slug, await generateIssuerKey(deps.plan.keyKind)))
}

async function joinKeys(deps: BootstrapDeps, records: readonly IssuerRecord[]): Promise<readonly Issuer[]> {
  const keys = await deps.cabinet.list()
  const byHash = new Map(keys.map((key) => [spkiHash(key.key).toString('hex'), key]))
  const active = records.filter((record) => record.state === 'active')
  const issuing = active.find((record) => record.slug === 'ca') ?? active.find((record) => record.slug === 'root')
  if (!issuing)
    throw new CaError(
      'issuer-unavailable',
      'the database knows no active issuer: restore a backup, or start with an empty database',
    )
  for (const key of keys) {
    if (!key.settled) continue
    const hash = spkiHash(key.key)
    if (!records.some((record) => record.spkiSha256.equals(hash))) {
      throw new CaError(
        'issuer-unavailable',
        `no issuer of this database has the key ${key.file}: DATABASE_URL or LAB_PKI_DATA points to another CA's; put the two that belong together, or move the file away`,
      )
    }
  }
  const issuers: Issuer[] = []
  for (const record of [issuing, ...active.filter((other) => other !== issuing)]) {
    const key = byHash.get(record.spkiSha256.toString('hex'))
    // The root of a two-tier CA may be in a safe; whoever issues must be here.
    if (!key && record === issuing) {
      throw new CaError(
        'issuer-unavailable',
        `the key of issuer ${record.slug} (SHA-256 of its public key ${record.spkiSha256.toString('hex')}) is not in LAB_PKI_DATA: copy the key file of the server that has it; no second CA is made`,
      )
    }
    if (key && !key.settled) await deps.cabinet.settle(key)
    issuers.push(createIssuer(record, key && signerFromKey(key.key), deps.plan.publicUrl))
  }
  return issuers
}

function issuerRecord(id: number, slug: IssuerSlug, certificateDer: Buffer, spkiDer: Buffer, createdAt: Date): IssuerRecord {
  return { id, slug, state: 'active', certificateDer, spkiSha256: createHash('sha256').update(spkiDer).digest(), createdAt }
}

function spkiHash(key: KeyObject): Buffer {
  return createHash('sha256')
    .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
    .digest()
}

/** Both ends belong to the validity, so that notAfter lies one second before the full period; never behind `last`. */
function caDates(now: Date, days: number, last: Date | undefined): { notBefore: Date; notAfter: Date } {
  const at = Math.floor(now.getTime() / 1000) * 1000
  const notAfter = at - CA_BACKDATE_MS + days * DAY_MS - 1000
  return { notBefore: new Date(at - CA_BACKDATE_MS), notAfter: new Date(Math.min(notAfter, last?.getTime() ?? notAfter)) }
}
