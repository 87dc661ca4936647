/**
 * Finds the certificate request in whatever was pasted: a file, a form, a whole console capture. What a block is, is
 * decided by its DER and not by its label. Of a paste with a private key nothing ever reaches a message.
 */
import { type CaError, printable, refuse } from '../errors.js'
import { type Segment, splitArmour } from './armour.js'
import { octetsInText, octetsOfBlock, octetsOfOpenBlock } from './base64-text.js'
import { consoleLines } from './console-text.js'
import { readDer, TAG } from './der.js'
import { identifyBeginning, identifyDer } from './identify.js'
import { formatName, parseName } from './name.js'
import { type Found, isPrivateKey, nothingFound, privateKeyRefusal, REQUEST_LABELS, refusalOf } from './not-a-request.js'
import type { Warning } from './warning.js'

/** Longest paste taken, in octets: a console capture with several screens of history is a tenth of it. */
export const MAX_PASTE_OCTETS = 256 * 1024
/** Most subjects named where a choice has to be made. */
const MAX_SUBJECTS_SHOWN = 5

/** Private keys in forms that are neither PEM nor DER: PuTTY, `openssl pkey -text`, JWK. */
const PRIVATE_KEY_TEXT = /PuTTY-User-Key-File-|^Private-Lines: |Private-Key: \(|"d" ?: ?"/
/** CertificationRequest: info, signatureAlgorithm, signature; in info: version, subject, subjectPKInfo. */
const REQUEST_TAGS = [TAG.SEQUENCE, TAG.SEQUENCE, TAG.BIT_STRING, TAG.INTEGER, TAG.SEQUENCE, TAG.SEQUENCE]
/** [0] attributes. */
const ATTRIBUTES_TAG = 0xa0

const POINTER = '/csr'

/**
 * The one certificate request of a paste, as DER whose structure is not yet checked (that is `parseCsr`).
 * @throws CaError `csr-too-large`, `csr-missing`, `csr-truncated`, `csr-is-certificate`, `csr-is-private-key`,
 * `csr-is-other`, `csr-ambiguous`, `csr-not-der`; nothing else, whatever the octets.
 */
export function findRequest(paste: Buffer): { csrDer: Buffer; warnings: Warning[] } {
  if (paste.length > MAX_PASTE_OCTETS) {
    throw refuse('csr-too-large', {
      pointer: POINTER,
      value: `${paste.length} octets`,
      rule: `a paste may have ${MAX_PASTE_OCTETS} octets`,
      remedy: 'paste the part with the certificate request alone',
    })
  }
  if (isBinary(paste)) return choose([fromBinary(paste)])
  const lines = consoleLines(paste)
  const segments = splitArmour(lines)
  const found = segments.flatMap(fromSegment)
  refusePrivateKeys(found, segments, lines)
  if (found.length > 0) return choose(found)
  throw nothingFound(segments, lines)
}

/** DER or BER of a SEQUENCE with a long or indefinite length; no text begins with `0` and an octet from 80 to 84. */
function isBinary(paste: Buffer): boolean {
  return paste[0] === 0x30 && (paste[1] ?? 0) >= 0x80 && (paste[1] ?? 0) <= 0x84
}

function fromBinary(der: Buffer): Found {
  const found = whole(der, undefined)
  if (found.kind === 'unknown') readDer(der)
  return found
}

function fromSegment(segment: Segment): Found[] {
  const { label } = segment
  if (label === undefined) {
    // Base64 without BEGIN: only what its first octets make something known counts, since words are base64 too.
    return octetsInText(segment)
      .map((octets): Found => {
        if (octets.broken === undefined) return whole(octets.der, label)
        return { kind: identifyBeginning(octets.beginning), label, broken: octets.broken }
      })
      .filter((found) => found.kind !== 'unknown')
  }
  const octets = segment.endLine === undefined ? octetsOfOpenBlock(segment) : octetsOfBlock(segment)
  if (octets.broken === undefined) return [whole(octets.der, label)]
  return [{ kind: identifyBeginning(octets.beginning), label, broken: octets.broken }]
}

/** What DER is; where its shape says nothing the label may: so that `parseCsr` explains what is wrong with the request. */
function whole(der: Buffer, label: string | undefined): Found {
  if (isRequest(der)) return { kind: 'certificate-request', strict: true, label, der }
  const kind = identifyDer(der)
  const labelled = kind === 'unknown' && label !== undefined && REQUEST_LABELS.includes(label)
  return { kind: labelled ? 'certificate-request' : kind, label, der }
}

/** Strict DER in the shape of RFC 2986, 4: the way of nearly every paste, so it comes before the slower identification. */
function isRequest(der: Buffer): boolean {
  const info = requestInfo(der)
  return info !== undefined && info.length <= 4 && (info[3] === undefined || info[3].tag === ATTRIBUTES_TAG)
}

function requestInfo(der: Buffer) {
  try {
    const [info, algorithm, signature, ...more] = readDer(der).children
    const tags = [info?.tag, algorithm?.tag, signature?.tag, ...(info?.children ?? []).slice(0, 3).map((part) => part.tag)]
    return more.length === 0 && REQUEST_TAGS.every((tag, i) => tags[i] === tag) ? info?.children : undefined
  } catch {
    return undefined
  }
}

/** A private key anywhere spoils the paste, also beside a request: it has been sent over a network and must be replaced. */
function refusePrivateKeys(found: readonly Found[], segments: readonly Segment[], lines: readonly string[]): void {
  const byContent = found.some(isPrivateKey)
  const byLabel = segments.some(({ label }) => label?.includes('PRIVATE KEY'))
  const mislabelled = found.every(({ label, kind }) => !label?.includes('PRIVATE KEY') || kind === 'certificate-request')
  if (byContent || (byLabel && !mislabelled) || lines.some((line) => PRIVATE_KEY_TEXT.test(line))) throw privateKeyRefusal()
}

/** The request among what was found, else the refusal that helps most. */
function choose(found: readonly Found[]): { csrDer: Buffer; warnings: Warning[] } {
  const all = found.filter(({ kind, der }) => kind === 'certificate-request' && der !== undefined)
  // A broken copy beside a good one (the console printed it twice) does not count.
  const strict = all.filter((request) => request.strict)
  const requests = strict.length > 0 ? strict : all
  const [first] = requests
  if (first?.der !== undefined) {
    const csrDer = first.der
    const different = new Map(requests.map((request) => [request.der?.toString('hex'), request]))
    if (different.size > 1) throw ambiguous([...different.values()])
    if (!first.strict) readDer(csrDer)
    return { csrDer, warnings: warningsFor(requests) }
  }
  throw refusalOf(found)
}

function warningsFor(requests: readonly Found[]): Warning[] {
  const warnings: Warning[] = []
  if (requests.length > 1) {
    warnings.push({
      code: 'several-requests',
      detail: `the same certificate request stands ${requests.length} times in the paste; it was taken once`,
    })
  }
  const wrong = requests.find(({ label }) => label !== undefined && !REQUEST_LABELS.includes(label))?.label
  if (wrong !== undefined) {
    warnings.push({
      code: 'label-mismatch',
      detail: `the certificate request stands between BEGIN and END "${printable(wrong)}"; it was taken for what it is`,
    })
  }
  return warnings
}

function ambiguous(requests: readonly Found[]): CaError {
  const subjects = requests.slice(0, MAX_SUBJECTS_SHOWN).map(({ der }) => printable(subjectOf(der ?? Buffer.alloc(0))))
  const more = requests.length > MAX_SUBJECTS_SHOWN ? ` and ${requests.length - MAX_SUBJECTS_SHOWN} more` : ''
  return refuse('csr-ambiguous', {
    pointer: POINTER,
    rule: `${requests.length} different certificate requests are in it: ${subjects.join('; ')}${more}`,
    remedy: 'paste one of them alone',
  })
}

function subjectOf(csrDer: Buffer): string {
  try {
    const subject = requestInfo(csrDer)?.[1]
    return (subject === undefined ? '' : formatName(parseName(subject))) || '(empty subject)'
  } catch {
    return '(subject that cannot be read)'
  }
}
