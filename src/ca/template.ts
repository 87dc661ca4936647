/**
 * Templates are data, read and judged at start: a template through which a caller could become somebody else is never
 * loaded. What is the same in every certificate of a template is encoded here, once.
 */
import { CaError } from '../errors.js'
import { extendedKeyUsage, KEY_USAGE_BITS, type KeyUsageBit, keyUsage, templateName } from './extensions.js'
import { OID, oidName } from './oid.js'

export const SUBJECT_ALT_NAME_TYPES = ['dns', 'ip', 'email', 'upn'] as const
export type SubjectAltNameType = (typeof SUBJECT_ALT_NAME_TYPES)[number]

export interface SubjectAltNameRule {
  /** Types that go into the certificate; others are judged and left out. */
  readonly allow: readonly SubjectAltNameType[]
  /** Whether the address that an ASA's `ip-address` puts into the subject becomes an iPAddress. */
  readonly addressFromUnstructuredAddress: boolean
  /** Whether `*.` names are possible at all; the caller must be allowed to use them, too. */
  readonly wildcards: boolean
}

export interface Template {
  /** Name on the wire, as in AD CS: `WebServer`. */
  readonly name: string
  readonly displayName: string
  readonly description: string
  /** The one that is used where a request names none. */
  readonly default: boolean
  readonly validityDays: number
  readonly validitySeconds: number
  /** By type of the requester's key: an EC key cannot encipher keys (RFC 8813, 3). */
  readonly keyUsage: { readonly rsa: readonly KeyUsageBit[]; readonly ec: readonly KeyUsageBit[] }
  /** Dotted OIDs in the order in which they stand in the certificate. */
  readonly extendedKeyUsage: readonly string[]
  /** Whose word the subject is: the request's. */
  readonly subject: 'enrollee'
  readonly subjectAltName: SubjectAltNameRule
  readonly approval: false
  /** Template name, KeyUsage and ExtKeyUsage as encoded extensions in this order, by type of key. */
  readonly extensionsDer: { readonly rsa: Buffer; readonly ec: Buffer }
}

const SECONDS_PER_DAY = 86_400
/** Shorter than this, and the backdated start would eat what a certificate needs at least. */
const MIN_VALIDITY_DAYS = 2
/** 25 years: an end that no default cap and no CA of ours reaches. */
const MAX_VALIDITY_DAYS = 9_131
/** Names stand in URLs, in a BMPString and on consoles. */
const NAME_SYNTAX = /^[A-Za-z][A-Za-z0-9]{0,63}$/
const DOTTED_OID = /^[0-2](\.(0|[1-9]\d{0,9})){1,30}$/
/** Only a CA signs certificates and CRLs (RFC 5280, 4.2.1.9); an EC key cannot encipher. */
const KEY_USAGE_FORBIDDEN: Readonly<Record<'rsa' | 'ec', readonly KeyUsageBit[]>> = {
  rsa: ['keyCertSign', 'cRLSign', 'keyAgreement', 'encipherOnly', 'decipherOnly'],
  ec: ['keyCertSign', 'cRLSign', 'keyEncipherment', 'dataEncipherment', 'encipherOnly', 'decipherOnly'],
}

/** Purposes that make a template whose subject the requester chooses a way to become somebody else. */
const EXPLOITABLE: Readonly<Record<string, string>> = {
  [OID.clientAuth]: 'the requester could log in under any name that he writes into the request',
  [OID.smartcardLogon]: 'the requester could log in under any name that he writes into the request',
  [OID.pkinitClientAuth]: 'the requester could log in under any name that he writes into the request',
  [OID.anyExtendedKeyUsage]: 'any purpose includes logging in and signing requests for others',
  [OID.certificateRequestAgent]: 'its holder could enroll on behalf of others',
  [OID.ocspSigning]: 'its holder could answer for the state of every certificate of this CA',
  [OID.pkinitKdc]: 'its holder could pose as a domain controller',
  [OID.codeSigning]: 'its holder could sign programs under any name',
  [OID.keyRecoveryAgent]: 'its holder could read the archived keys of others',
}

const FIELDS = [
  'name',
  'displayName',
  'description',
  'default',
  'validityDays',
  'keyUsage',
  'extendedKeyUsage',
  'subject',
  'subjectAltName',
  'approval',
] as const

/**
 * A template from its JSON.
 * @param file for messages.
 * @throws CaError `internal` that names file, field, value and what is accepted.
 */
export function parseTemplate(json: unknown, file: string): Template {
  const read = reader(json, file, '', FIELDS)
  const name = read('name', isName, 'a letter and up to 63 letters and digits')
  const validityDays = read(
    'validityDays',
    isLifetime,
    `a whole number of days from ${MIN_VALIDITY_DAYS} to ${MAX_VALIDITY_DAYS}`,
  )
  const purposes = read('extendedKeyUsage', isListOf(isDottedOid), 'a list of different dotted OIDs with at least one entry')
  for (const purpose of purposes) {
    const reason = EXPLOITABLE[purpose]
    if (reason !== undefined) {
      throw fault(
        file,
        '/extendedKeyUsage',
        oidName(purpose),
        `cannot stand in a template whose subject the requester chooses: ${reason}`,
      )
    }
  }
  const usage = reader(read('keyUsage', isObject, 'an object with rsa and ec'), file, '/keyUsage', ['rsa', 'ec'])
  const bitsFor = (type: 'rsa' | 'ec'): readonly KeyUsageBit[] => {
    const allowed = KEY_USAGE_BITS.filter((bit) => !KEY_USAGE_FORBIDDEN[type].includes(bit))
    return usage(type, isListOf(isOneOf(allowed)), `a list with at least one of ${allowed.join(', ')}`)
  }
  const keyUsages = { rsa: bitsFor('rsa'), ec: bitsFor('ec') }
  const names = reader(read('subjectAltName', isObject, 'an object'), file, '/subjectAltName', [
    'allow',
    'addressFromUnstructuredAddress',
    'wildcards',
  ])
  const constant = (type: 'rsa' | 'ec'): Buffer =>
    Buffer.concat([templateName(name), keyUsage(keyUsages[type]), extendedKeyUsage(purposes)])
  return {
    name,
    displayName: read('displayName', isText, 'a text'),
    description: read('description', isText, 'a text'),
    default: read('default', isBoolean, 'true or false'),
    validityDays,
    validitySeconds: validityDays * SECONDS_PER_DAY,
    keyUsage: keyUsages,
    extendedKeyUsage: purposes,
    subject: read('subject', isOneOf(['enrollee'] as const), '"enrollee"'),
    subjectAltName: {
      allow: names(
        'allow',
        isListOf(isOneOf(SUBJECT_ALT_NAME_TYPES)),
        `a list with at least one of ${SUBJECT_ALT_NAME_TYPES.join(', ')}`,
      ),
      addressFromUnstructuredAddress: names('addressFromUnstructuredAddress', isBoolean, 'true or false'),
      wildcards: names('wildcards', isBoolean, 'true or false'),
    },
    approval: read('approval', isFalse, 'false: requests are decided at once'),
    extensionsDer: { rsa: constant('rsa'), ec: constant('ec') },
  }
}

/**
 * All templates by name, in the order of their files; exactly one is the default.
 * @throws CaError `internal`.
 */
export function loadTemplates(files: readonly { readonly name: string; readonly text: string }[]): ReadonlyMap<string, Template> {
  const templates = new Map<string, Template>()
  for (const file of files) {
    let json: unknown
    try {
      json = JSON.parse(file.text)
    } catch (cause) {
      throw new CaError('internal', `template file ${file.name} is not JSON: ${cause instanceof Error ? cause.message : ''}`)
    }
    const template = parseTemplate(json, file.name)
    if (file.name !== `${template.name}.json`) {
      throw fault(file.name, '/name', template.name, `must be the file's name without .json`)
    }
    templates.set(template.name, template)
  }
  const defaults = [...templates.values()].filter((template) => template.default).map((template) => template.name)
  if (defaults.length !== 1) {
    const found = defaults.length === 0 ? 'none does' : `${defaults.join(' and ')} do`
    throw new CaError('internal', `exactly one template must have "default": true, and ${found}`)
  }
  return templates
}

type Read = <T>(field: string, accepts: (value: unknown) => value is T, accepted: string) => T

/** Reads fields of one object; a field that nobody knows is a fault, since it might have been meant as a limit. */
function reader(json: unknown, file: string, pointer: string, fields: readonly string[]): Read {
  if (!isObject(json)) throw fault(file, pointer, json, 'must be an object')
  const unknown = Object.keys(json).find((key) => !fields.includes(key))
  if (unknown !== undefined)
    throw fault(file, `${pointer}/${unknown}`, json[unknown], `is no field of a template; there are ${fields.join(', ')}`)
  return (field, accepts, accepted) => {
    const value = json[field]
    if (!accepts(value)) throw fault(file, `${pointer}/${field}`, value, `must be ${accepted}`)
    return value
  }
}

function fault(file: string, pointer: string, value: unknown, rule: string): CaError {
  return new CaError('internal', `template file ${file}, ${pointer || '/'} (${JSON.stringify(value) ?? 'absent'}): ${rule}`)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean'
const isFalse = (value: unknown): value is false => value === false
const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0
const isName = (value: unknown): value is string => typeof value === 'string' && NAME_SYNTAX.test(value)
const isDottedOid = (value: unknown): value is string => typeof value === 'string' && DOTTED_OID.test(value)
const isLifetime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= MIN_VALIDITY_DAYS && value <= MAX_VALIDITY_DAYS
const isOneOf =
  <T extends string>(values: readonly T[]) =>
  (value: unknown): value is T =>
    values.some((known) => known === value)
const isListOf =
  <T>(accepts: (value: unknown) => value is T) =>
  (value: unknown): value is readonly T[] =>
    Array.isArray(value) && value.length > 0 && value.every(accepts) && new Set(value).size === value.length
