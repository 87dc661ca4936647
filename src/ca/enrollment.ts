/** From a paste to a certificate: the steps of one request, in the order in which they happen. */
import { createHash } from 'node:crypto'
import { CaError, type CaErrorCode, refuse } from '../errors.js'
import type { Caller, CertificateView, ReplayKey, RequestView, Submission } from './authority.js'
import type { CompromisedKeys } from './compromised-keys.js'
import { parseCsr } from './csr.js'
import { issuedEvent, refusedEvent } from './enrollment-events.js'
import { formatGeneralName } from './general-name.js'
import { ignoredExtensions } from './ignored.js'
import type { Issuer } from './issuer.js'
import { checkKey } from './key-policy.js'
import { lintCertificate } from './lint.js'
import { formatName } from './name.js'
import { decideNames } from './name-policy.js'
import { findRequest } from './paste.js'
import type { Clock, Ledger, NewCertificate, NewRequest, RandomBytes, Register, Replay } from './ports.js'
import { verifyProofOfPossession } from './proof-of-possession.js'
import { spkiSha256 } from './public-key.js'
import { findReplay } from './replay.js'
import { newSerial } from './serial.js'
import { assembleCertificate, buildTbsCertificate } from './tbs.js'
import type { Template } from './template.js'
import { decideValidity } from './validity.js'
import { certificateView } from './views.js'
import type { Warning } from './warning.js'

export interface EnrollmentSettings {
  /** How far notBefore lies back, in seconds, for clients whose clock is behind. */
  readonly backdateSeconds: number
  /** Everything ends before it; undefined: no cap. */
  readonly notAfterCap: Date | undefined
  /** Said with every answer while the addresses in certificates can be reached on this machine only. */
  readonly standingWarnings: readonly Warning[]
}

export interface EnrollmentDeps {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly ledger: Ledger
  readonly register: Register
  readonly templates: ReadonlyMap<string, Template>
  readonly defaultTemplate: Template
  readonly compromisedKeys: CompromisedKeys
  readonly issuer: Issuer
  readonly checkTrustpoint: (name: string) => void
  readonly settings: EnrollmentSettings
}

export type Submitted = { readonly view: RequestView } | { readonly replay: Replay }

/** A `LAB_PKI` that nobody named: the trustpoint of the walk-through, used in the next steps only. */
const UNNAMED_TRUSTPOINT = 'LAB_PKI'

const STORE_AWAY: ReadonlySet<CaErrorCode> = new Set(['database-unavailable', 'audit-unavailable'])

/**
 * Judges a paste and issues the certificate for it.
 * @throws CaError any code of intake, key, names and call; `database-unavailable` and `audit-unavailable` when nothing was issued.
 */
export async function submitRequest(
  deps: EnrollmentDeps,
  caller: Caller,
  submission: Submission,
  replayKey?: ReplayKey,
): Promise<Submitted> {
  try {
    return await issue(deps, caller, submission, replayKey)
  } catch (error) {
    // A refusal is an event too; where even that cannot be written it still stands, since nothing was issued. Where the
    // store is away it is not tried: the caller must have his answer within two seconds.
    if (error instanceof CaError && !STORE_AWAY.has(error.code)) {
      const event = refusedEvent(error, caller, submission.template ?? deps.defaultTemplate.name, deps.clock())
      await deps.ledger.commit(event, { kind: 'none' }).catch(() => 0)
    }
    throw error
  }
}

async function issue(deps: EnrollmentDeps, caller: Caller, submission: Submission, replayKey?: ReplayKey): Promise<Submitted> {
  const now = deps.clock()

  // Step 1: who asks for what. A crash from here to step 8 leaves nothing.
  const template = chooseTemplate(deps, caller, submission.template)
  if (submission.trustpoint !== undefined) deps.checkTrustpoint(submission.trustpoint)

  // Step 2: find the request in the paste and read it strictly.
  const found = findRequest(submission.paste)
  const csr = parseCsr(found.csrDer)

  // Step 3: the key is fit, not known to be compromised, and the sender holds it (RFC 2986 section 3).
  checkKey(csr.publicKey)
  const keyHash = spkiSha256(csr.publicKey)
  const [blocked] = await Promise.all([deps.register.findBlockedKey(keyHash), verifyProofOfPossession(csr)])
  refuseCompromised(deps.compromisedKeys.has(keyHash) ?? blocked)

  // Step 4: which names the certificate may carry, for this caller and template.
  const names = decideNames({
    csr,
    requested: submission.subjectAltNames,
    template,
    patterns: caller.patterns,
    wildcards: caller.wildcards,
  })

  // Step 5: what will be signed, built from the template; of the request only key and names are used.
  const { issuer } = deps
  if (!issuer.signer) throw new CaError('issuer-unavailable', `the key of issuer ${issuer.slug} is not on this server`)
  const life = decideValidity({
    now,
    lifetimeSeconds: template.validitySeconds,
    backdateSeconds: deps.settings.backdateSeconds,
    issuerNotAfter: issuer.notAfter,
    notAfterCap: deps.settings.notAfterCap,
  })
  const serial = newSerial(deps.random)
  const content = {
    serial,
    issuer,
    notBefore: life.notBefore,
    notAfter: life.notAfter,
    subjectDer: names.subjectDer,
    publicKey: csr.publicKey,
    template,
    subjectAltNames: names.subjectAltNames,
    notAfterCap: deps.settings.notAfterCap,
  }
  const tbs = buildTbsCertificate(content)

  // Step 6: read it back and hold it against the certificate profile; nothing is signed that fails.
  lintCertificate(tbs, content)

  // Step 7: sign. A crash right after leaves a signature that nobody ever saw.
  const certificateDer = assembleCertificate(tbs, issuer.signer.signatureAlgorithmDer, await issuer.signer.sign(tbs))

  // Step 8: remember certificate, request, audit event and answer in one transaction. A crash right after leaves an
  // issued certificate whose answer was lost: the same Idempotency-Key, or the list of certificates, gives it again.
  const requestId = await deps.ledger.nextRequestId()
  const subject = formatName(names.subject)
  const request: NewRequest = {
    id: requestId,
    status: 'issued',
    template: template.name,
    tokenId: caller.tokenId,
    requester: caller.name,
    submittedAt: now,
    csrDer: csr.der,
    spkiSha256: keyHash,
    ...(submission.trustpoint === undefined ? {} : { trustpoint: submission.trustpoint }),
    ...(submission.comment === undefined ? {} : { comment: submission.comment }),
    ignored: [...ignoredExtensions(csr), ...names.ignored],
    warnings: [...found.warnings, ...names.warnings, ...(life.warning ? [life.warning] : []), ...deps.settings.standingWarnings],
    nextSteps: nextSteps(serial, submission.trustpoint ?? UNNAMED_TRUSTPOINT),
    serial,
  }
  const certificate: NewCertificate = {
    serial,
    issuerId: issuer.id,
    requestId,
    tokenId: caller.tokenId,
    requester: caller.name,
    template: template.name,
    subject,
    subjectValues: names.subject.rdns.flatMap((rdn) => rdn.map((attribute) => attribute.value.toLowerCase())),
    subjectAltNames: names.subjectAltNames.map(formatGeneralName),
    notBefore: life.notBefore,
    notAfter: life.notAfter,
    issuedAt: now,
    sha256: createHash('sha256').update(certificateDer).digest(),
    spkiSha256: keyHash,
    certificateDer,
  }
  const view: RequestView = { ...request, certificate: freshView(certificate, issuer, now) }
  const replay = replayKey && {
    ...replayKey.render(view),
    requestSha256: replayKey.requestSha256,
    tokenId: caller.tokenId,
    key: replayKey.key,
    createdAt: now,
  }
  try {
    await deps.ledger.commit(issuedEvent(certificate, caller, now), {
      kind: 'issuance',
      request,
      certificate,
      ...(replay ? { replay } : {}),
    })
  } catch (error) {
    // The same key arrived twice at once: the other one was first, and its answer is the answer.
    if (replayKey && error instanceof CaError && error.code === 'idempotency-key-reused') {
      return { replay: await firstAnswer(deps, caller, replayKey, error) }
    }
    throw error
  }

  // Step 9: only now may it leave.
  return { view }
}

async function firstAnswer(deps: EnrollmentDeps, caller: Caller, replayKey: ReplayKey, conflict: CaError): Promise<Replay> {
  const first = await findReplay(deps, caller, replayKey.key, replayKey.requestSha256)
  if (!first) throw conflict
  return first
}

function chooseTemplate(deps: EnrollmentDeps, caller: Caller, name: string | undefined): Template {
  const template = name === undefined ? deps.defaultTemplate : deps.templates.get(name)
  const known = [...deps.templates.keys()].filter((t) => caller.templates?.includes(t) ?? true)
  if (!template) {
    throw refuse('template-unknown', {
      pointer: '/template',
      value: name ?? '',
      rule: 'there is no such template',
      remedy: known.length > 0 ? `use one of ${known.join(', ')}` : 'ask an admin for a token that names one',
    })
  }
  if (caller.templates && !caller.templates.includes(template.name)) {
    throw refuse('template-not-permitted', {
      pointer: '/template',
      value: template.name,
      rule: 'this token may not use the template',
      remedy: known.length > 0 ? `use one of ${known.join(', ')}` : 'ask an admin for a token that names the template',
    })
  }
  return template
}

function refuseCompromised(reason: string | undefined): void {
  if (reason === undefined) return
  throw refuse('key-compromised', {
    pointer: '/csr',
    rule: `the key of this request is on the block list: ${reason}`,
    remedy: 'make a new key pair (`crypto key generate rsa label LAB_PKI_KEY modulus 2048`) and enroll again',
  })
}

/** What the person who pasted the request does now. */
function nextSteps(serial: string, trustpoint: string): string[] {
  return [
    `fetch /v1/certificates/${serial}?format=asa&trustpoint=${trustpoint} and paste it into the ASA: it is \`crypto ca import ${trustpoint} certificate\` with the certificate and \`quit\``,
    `compare on the ASA: \`show crypto ca certificates ${trustpoint}\` with /v1/certificates/${serial}?format=text`,
  ]
}

function freshView(certificate: NewCertificate, issuer: Issuer, now: Date): CertificateView {
  return certificateView({ ...certificate, id: 0, state: 'valid' }, formatName(issuer.subject), now)
}
