/** Why there is no certificate request in a paste: the refusal that helps most, with what to do instead. */
import { type CaError, printable, refuse } from '../errors.js'
import type { Segment } from './armour.js'
import { parseCertificate } from './certificate.js'
import type { Identified } from './identify.js'
import { formatName } from './name.js'

/** RFC 7468, 7, and the label that Microsoft's tools write. */
export const REQUEST_LABELS: readonly string[] = ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST']

const SSH_PUBLIC_KEY = /(?:^| )(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d{3}) AAAA/
const POINTER = '/csr'
const PASTE_AGAIN =
  'copy the whole block again, from its first line to its last, with the terminal set not to page (`terminal pager 0`)'
const PASTE_REQUEST =
  'paste what `crypto ca enroll` printed, from -----BEGIN CERTIFICATE REQUEST----- (or the first line of base64) to the end'

/** One block or stretch of base64. A broken one has no `der`, and is of the kind that its beginning promises. */
export interface Found {
  readonly kind: Identified
  /** What stands behind BEGIN; undefined for base64 without it. */
  readonly label: string | undefined
  readonly der?: Buffer
  /** A request in strict DER. */
  readonly strict?: true
  /** Why it has no `der`, as the rule of a refusal. */
  readonly broken?: string
}

/** The refusal of a paste with a private key; it says nothing of what was pasted. */
export function privateKeyRefusal(): CaError {
  return refuse('csr-is-private-key', {
    pointer: POINTER,
    rule: 'a private key is in it, which should never leave the device that it belongs to; nothing of it is kept or logged',
    remedy: 'make a new key pair and paste its certificate request alone',
  })
}

/** Also an encrypted one. */
export function isPrivateKey({ kind }: Found): boolean {
  return kind === 'private-key' || kind === 'encrypted-private-key'
}

/** The refusal of blocks that are all no whole request: a broken one first, then a certificate, then anything else. */
export function refusalOf(found: readonly Found[]): CaError {
  if (found.some(isPrivateKey)) return privateKeyRefusal()
  const broken = found.find(({ broken, kind, label }) => broken !== undefined && mayBeRequest(kind, label))
  if (broken?.broken !== undefined) {
    return refuse('csr-truncated', { pointer: POINTER, rule: broken.broken, remedy: PASTE_AGAIN })
  }
  const certificate = found.find(
    ({ kind, label }) => kind === 'certificate' || (kind === 'unknown' && label === 'TRUSTED CERTIFICATE'),
  )
  if (certificate !== undefined) return isCertificate(certificate.der)
  const [other] = found
  return refuse('csr-is-other', {
    pointer: POINTER,
    rule: `this is ${other === undefined ? UNKNOWN : describe(other)}, not a certificate request`,
    remedy: PASTE_REQUEST,
  })
}

function mayBeRequest(kind: Identified, label: string | undefined): boolean {
  return (
    kind === 'certificate-request' || (kind === 'unknown' && (label === 'CERTIFICATE' || REQUEST_LABELS.includes(label ?? '')))
  )
}

function isCertificate(der: Buffer | undefined): CaError {
  let subject: string | undefined
  try {
    if (der !== undefined) subject = formatName(parseCertificate(der).subject)
  } catch {
    // It is a certificate all the same; its subject is left out.
  }
  return refuse('csr-is-certificate', {
    pointer: POINTER,
    ...(subject === undefined ? {} : { value: subject }),
    rule: 'this is a certificate, not a certificate request',
    remedy: `${PASTE_REQUEST}; a certificate goes into \`crypto ca authenticate\` or \`crypto ca import\``,
  })
}

const UNKNOWN = 'DER of a kind that is not known here'
const DESCRIPTIONS: Readonly<Partial<Record<Identified, string>>> = {
  crl: 'a certificate revocation list (CRL)',
  pkcs7: 'a PKCS#7 or CMS message (a certificate chain, or a CMC request)',
  pkcs12: 'a PKCS#12 file, which as a rule holds a private key',
  'public-key': 'a public key without the signature that proves who holds it',
}

function describe({ kind, label }: Found): string {
  return DESCRIPTIONS[kind] ?? (label === undefined ? UNKNOWN : `a block labelled "${printable(label)}"`)
}

/** The refusal of a text without any block, and without base64 that begins as DER does. */
export function nothingFound(segments: readonly Segment[], lines: readonly string[]): CaError {
  const ends = segments.find(({ label, endLine }) => label === undefined && endLine !== undefined)?.endLine
  if (ends !== undefined) {
    const rule = `a block ends in line ${ends} whose beginning is not in the paste`
    return refuse('csr-truncated', { pointer: POINTER, rule, remedy: PASTE_AGAIN })
  }
  if (lines.some((line) => SSH_PUBLIC_KEY.test(line))) {
    const rule = 'this is an SSH public key, not a certificate request'
    return refuse('csr-is-other', { pointer: POINTER, rule, remedy: PASTE_REQUEST })
  }
  const rule = lines.every((line) => line.trim() === '') ? 'the paste is empty' : 'no certificate request is in it'
  return refuse('csr-missing', { pointer: POINTER, rule, remedy: PASTE_REQUEST })
}
