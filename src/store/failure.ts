/** The one place that turns what PostgreSQL and its driver report into the errors of the domain. */
import { CaError, type CaErrorCode } from '../errors.js'

/** Unique constraints whose violation is an answer and not a fault of the program. */
const CONFLICTS: Readonly<Record<string, readonly [CaErrorCode, string]>> = {
  certificates_serial_key: ['serial-conflict', 'a certificate with this serial number exists; draw another one'],
  idempotency_keys_pkey: [
    'idempotency-key-reused',
    'Idempotency-Key: this key has an answer already; fetch that answer, or send another key',
  ],
  issuers_active_slug_key: ['issuer-unavailable', 'the database has an active issuer for this path already; retire it first'],
  issuers_spki_sha256_key: ['issuer-unavailable', 'the database has an issuer with this key already; use that issuer'],
}

/** SQLSTATE classes: connection exception, resources, operator intervention, system error. */
const AWAY_CLASSES: ReadonlySet<string> = new Set(['08', '53', '57', '58'])
/**
 * SQLSTATE that mean the same although their class does not: a lock waited for too long, a server that only reads, a role
 * that may not log in, a database that is gone.
 */
const AWAY_STATES: ReadonlySet<string> = new Set(['55P03', '25006', '28000', '28P01', '3D000'])
/** SQLSTATE untranslatable_character and character_not_in_repertoire: text that PostgreSQL cannot hold, such as U+0000. */
const UNSTORABLE_STATES: ReadonlySet<string> = new Set(['22P05', '22021'])

/** Seconds after which a caller may sensibly ask again: an embedded database is back within one. */
const RETRY_AFTER_SECONDS = 2

/** The five characters of SQLSTATE, when the server itself reported the error. */
function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return 'severity' in error && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined
}

/**
 * Whether the server is away or in no state to answer: everything that the server did not say itself (refused, reset,
 * timed out) and the SQLSTATE classes for it. After such an error the outcome of a commit is unknown.
 */
export function isAway(error: unknown): boolean {
  if (error instanceof CaError) return error.code === 'database-unavailable'
  const state = sqlState(error)
  if (state === undefined) return error instanceof Error && !(error instanceof TypeError || error instanceof RangeError)
  return AWAY_CLASSES.has(state.slice(0, 2)) || AWAY_STATES.has(state)
}

/**
 * The CaError for an error of the driver: `database-unavailable`, the code of a conflict (`serial-conflict`,
 * `idempotency-key-reused`, `issuer-unavailable`), `audit-unavailable` when an audit table refuses, `body-invalid` for text
 * that cannot be stored, else `internal`. The driver's error is its `cause`; a CaError comes back as it is.
 */
export function storeFailure(error: unknown): CaError {
  if (error instanceof CaError) return error
  if (isAway(error)) {
    return new CaError('database-unavailable', 'the database does not answer; try again in a few seconds', {
      cause: error,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    })
  }
  const state = sqlState(error) ?? ''
  if (isAboutAudit(error)) {
    return new CaError('audit-unavailable', 'the audit event cannot be written, so nothing was done; tell the administrator', {
      cause: error,
    })
  }
  const conflict = CONFLICTS[violatedConstraint(error) ?? '']
  if (state === '23505' && conflict !== undefined) return new CaError(conflict[0], conflict[1], { cause: error })
  if (UNSTORABLE_STATES.has(state)) {
    return new CaError('body-invalid', 'the text holds a character that cannot be stored (U+0000); leave it out', {
      cause: error,
    })
  }
  return new CaError('internal', 'the database refused a statement', { cause: error })
}

/** Whether a table of the audit trail refused; a missing permission names its table in the message alone. */
function isAboutAudit(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const table = 'table' in error && typeof error.table === 'string' ? error.table : ''
  return table.startsWith('audit_') || /^permission denied for table audit_/.test(error.message)
}

/** The constraint that the server names in an error. */
function violatedConstraint(error: unknown): string | undefined {
  return error instanceof Error && 'constraint' in error && typeof error.constraint === 'string' ? error.constraint : undefined
}

/** The work's result, or its error translated by `storeFailure`. */
export async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw storeFailure(error)
  }
}
