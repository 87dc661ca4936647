/** What the schema check found, as sentences with pointer, rule and remedy. */
import type { FastifySchemaValidationError } from 'fastify'
import { CaError, type CaErrorCode, type Fault, printable } from '../errors.js'

/** What Ajv adds with `verbose`: the value and the schema around the broken keyword. */
interface Finding extends FastifySchemaValidationError {
  readonly data?: unknown
  readonly parentSchema?: {
    readonly description?: string
    readonly properties?: Readonly<Record<string, unknown>>
    readonly type?: string
  }
}

const CODE_OF = {
  body: 'body-invalid',
  querystring: 'query-invalid',
  params: 'not-found',
  headers: 'idempotency-key-syntax',
} as const satisfies Record<string, CaErrorCode>

/** The refusal for what a schema check found; `context` is the part of the request. */
export function validationError(findings: readonly FastifySchemaValidationError[], context: string): CaError {
  const faults = findings.map((finding) => toFault(finding, context))
  const sentences = faults.map(
    (f) => `${f.pointer}${f.value === undefined ? '' : ` (${printable(f.value)})`}: ${f.rule}; ${f.remedy}`,
  )
  return new CaError(codeOf(context), sentences.slice(0, MAX_SENTENCES).join('. '), { errors: faults })
}

/** Faults that `detail` spells out; all are in `errors`. */
const MAX_SENTENCES = 3

function codeOf(context: string): CaErrorCode {
  return context in CODE_OF ? CODE_OF[context as keyof typeof CODE_OF] : 'body-invalid'
}

function toFault(finding: Finding, context: string): Fault {
  const { keyword, params, parentSchema, data } = finding
  const at = (name?: unknown) => pointer(context, finding.instancePath, name === undefined ? undefined : String(name))
  switch (keyword) {
    case 'required':
      return { pointer: at(params.missingProperty), rule: 'is missing', remedy: `give ${quote(params.missingProperty)}` }
    case 'additionalProperties': {
      const known = Object.keys(parentSchema?.properties ?? {})
      const kind = context === 'querystring' ? 'query parameter' : 'field'
      return {
        pointer: at(params.additionalProperty),
        rule: `there is no such ${kind}`,
        remedy: known.length > 0 ? `there are ${known.join(', ')}` : `this call takes no ${kind}s`,
      }
    }
    case 'type':
      return {
        pointer: at(),
        rule: Array.isArray(data) && context === 'querystring' ? 'is given more than once' : `must be ${kindOf(params.type)}`,
        remedy: meant(parentSchema?.description),
      }
    case 'enum':
      return { ...shown(at(), data), rule: 'is none of the values there are', remedy: `use ${list(params.allowedValues)}` }
    case 'minItems':
      return { pointer: at(), rule: 'has no entries', remedy: 'give one at least, or leave the field out' }
    case 'maxItems':
      return { pointer: at(), rule: `has more than ${params.limit} entries`, remedy: 'split the call' }
    case 'minLength':
      return { ...shown(at(), data), rule: 'is empty', remedy: meant(parentSchema?.description) }
    case 'maxLength':
      return { ...shown(at(), data), rule: `has more than ${params.limit} characters`, remedy: meant(parentSchema?.description) }
    default:
      return { ...shown(at(), data), rule: 'has a wrong form', remedy: meant(parentSchema?.description) }
  }
}

/** JSON pointer (RFC 6901) into the body, `?name` in the query, the header's name, or a part of the path. */
function pointer(context: string, instancePath: string, name: string | undefined): string {
  const path = name === undefined ? instancePath : `${instancePath}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
  if (context === 'querystring') return `?${path.slice(1).split('/')[0] ?? ''}`
  if (context === 'headers') return HEADER_NAMES[path.slice(1)] ?? path.slice(1)
  return path === '' ? '/' : path
}

/** Headers that schemas speak of, as they are written. */
const HEADER_NAMES: Readonly<Record<string, string>> = { 'idempotency-key': 'Idempotency-Key' }

/** Longest value that is shown whole; of longer ones nothing is, since a key or a token may have come to the wrong place. */
const MAX_SHOWN = 60

function shown(at: string, data: unknown): Pick<Fault, 'pointer' | 'value'> {
  return typeof data === 'string' && data.length <= MAX_SHOWN ? { pointer: at, value: data } : { pointer: at }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

function kindOf(type: unknown): string {
  return KINDS[String(type)] ?? String(type)
}

/** The description of the field is the best remedy: it says what is wanted. */
function meant(description: string | undefined): string {
  return description === undefined ? 'see /docs for its form' : `what is meant: ${description.replace(/\.$/, '')}`
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.join(', ') : ''
}

function quote(name: unknown): string {
  return `\`${String(name)}\``
}
