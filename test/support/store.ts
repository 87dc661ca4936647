/** A store over a throw-away database, and records to put into it: clock and randomness are fixed. */
import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Test } from 'tap'
import type { AuditEvent, Change, NewIssuer, NewToken } from '../../src/ca/ports.js'
import { createLedger, type OpenLedger } from '../../src/store/ledger.js'
import { connect } from '../../src/store/pool.js'
import { createTestDatabase, type TestDatabase } from './database.js'

export const NOW = new Date('2026-03-01T12:00:00.000Z')
const DAY_MS = 86_400_000

/** A moment some days (or parts of a day) after NOW. */
export const daysFromNow = (days: number): Date => new Date(NOW.getTime() + days * DAY_MS)

/** 32 octets that depend on the text alone. */
export const octets = (seed: string): Buffer => createHash('sha256').update(seed).digest()

/** A serial of 16 octets that depends on the number alone. */
export const serialOf = (n: number): string => `4${octets(`serial ${n}`).toString('hex').slice(0, 31)}`

export interface TestStore {
  readonly database: TestDatabase
  readonly pool: pg.Pool
  /** Lines of the log, `level message`. */
  readonly log: readonly string[]
  /** Another ledger over the same database, with a chain of its own. */
  openLedger(writer: string): Promise<OpenLedger>
}

export async function openTestStore(t: Test): Promise<TestStore> {
  const database = await createTestDatabase(t)
  const log: string[] = []
  const note = (level: string, message: string) => void log.push(`${level} ${message}`)
  const { pool } = connect(database, note)
  t.teardown(() => pool.end())
  return {
    database,
    pool,
    log,
    async openLedger(id) {
      const ledger = await createLedger({
        pool,
        writer: { id, startedAt: NOW, host: 'asa-lab', pid: 4711 },
        clock: () => NOW,
        log: note,
      })
      t.teardown(() => ledger.close())
      return ledger
    },
  }
}

export function sampleEvent(object: string, detail: AuditEvent['detail'] = {}): AuditEvent {
  return { at: NOW, actor: 'asa-admin', action: 'certificate.issued', object, detail }
}

export function sampleToken(name: string, overrides: Partial<NewToken> = {}): NewToken {
  return { name, role: 'admin', hash: octets(`token ${name}`), patterns: {}, wildcards: false, createdAt: NOW, ...overrides }
}

export function sampleIssuer(slug: 'root' | 'ca', overrides: Partial<NewIssuer> = {}): NewIssuer {
  const certificateDer = octets(`certificate of ${slug}`)
  return { slug, state: 'active', certificateDer, spkiSha256: octets(`key of ${slug}`), createdAt: NOW, ...overrides }
}

export type Issuance = Extract<Change, { kind: 'issuance' }>
export type CertificatePart = Partial<Issuance['certificate']>

/** The n-th issuance: request id, serial and name follow from n. `part` overrides fields of the certificate. */
export function sampleIssuance(n: number, ids: { tokenId: number; issuerId: number }, part: CertificatePart = {}): Issuance {
  const name = `vpn${n}.lab.example`
  const certificate = {
    serial: serialOf(n),
    issuerId: ids.issuerId,
    requestId: n,
    tokenId: ids.tokenId,
    requester: 'asa-admin',
    template: 'WebServer',
    subject: `CN=${name},O=Lab`,
    subjectValues: [name, 'lab'],
    subjectAltNames: [`dns:${name}`],
    notBefore: NOW,
    notAfter: daysFromNow(730),
    issuedAt: NOW,
    sha256: octets(`sha256 ${n}`),
    spkiSha256: octets(`spki ${n}`),
    certificateDer: octets(`certificate ${n}`),
    ...part,
  }
  const { tokenId, requester, template, spkiSha256 } = certificate
  return {
    kind: 'issuance',
    request: {
      id: n,
      status: 'issued',
      template,
      tokenId,
      requester,
      submittedAt: NOW,
      csrDer: octets(`csr ${n}`),
      spkiSha256,
      ignored: [],
      warnings: [],
      nextSteps: [],
    },
    certificate,
  }
}

/** A token and a root issuer, which every issuance refers to. */
export async function seed(ledger: OpenLedger): Promise<{ tokenId: number; issuerId: number }> {
  const tokenId = await ledger.commit(
    { ...sampleEvent('asa-admin'), action: 'token.created' },
    { kind: 'tokenCreated', token: sampleToken('asa-admin') },
  )
  const issuerId = await ledger.commit(
    { ...sampleEvent('root'), action: 'issuer.created' },
    { kind: 'issuersCreated', issuers: [sampleIssuer('root')] },
  )
  return { tokenId, issuerId }
}

/** The constraint that the server named when it refused; undefined when it did not refuse. */
export async function violated(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    return error instanceof Error && 'constraint' in error ? String(error.constraint) : String(error)
  }
}
