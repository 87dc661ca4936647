/**
 * The shapes on the wire. Each has a name under which the OpenAPI document holds it once, and every property says what
 * it means and in which unit.
 */
import { type Static, type TSchema, Type } from 'typebox'
import { CA_ERROR_CODES } from '../errors.js'

/** A reference to a named schema that still gives its type to handlers: the generator and Ajv want a bare `$ref`. */
export function ref<S extends TSchema & { readonly $id: string }>(schema: S) {
  return Type.Unsafe<Static<S>>({ $ref: `${schema.$id}#` })
}

/** Gives a schema the name under which the document holds it. */
export function named<const Id extends string, S extends TSchema>($id: Id, schema: S) {
  return Object.assign(schema, { $id })
}

/** Objects of the wire take and give exactly their fields. */
const STRICT = { additionalProperties: false } as const
export const shape = <P extends Record<string, TSchema>>(properties: P, description: string, examples?: readonly unknown[]) =>
  Type.Object(properties, { ...STRICT, description, ...(examples ? { examples } : {}) })

export const words = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values], description })

/** No control characters: NUL is not storable, and the others have no place in a one-line text. */
const ONE_LINE = '^[^\\u0000-\\u001f\\u007f]*$'
/** Names of one type that a call may ask for; a certificate with more would not fit into many a client. */
export const MAX_NAMES = 100
/** A DNS name has at most 253 characters, an e-mail address 254. */
export const MAX_NAME_CHARACTERS = 255
/** As the names of templates are. */
export const MAX_TEMPLATE_CHARACTERS = 64

/** A text of one line. */
export const line = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: ONE_LINE, description })

export const moment = (description: string) =>
  Type.String({ format: 'date-time', description: `${description} (RFC 3339, UTC).` })

export const FaultSchema = named(
  'Fault',
  shape(
    {
      pointer: Type.String({
        description: 'JSON pointer into the body, `?name` for a query parameter, or the name of a header.',
      }),
      value: Type.Optional(
        Type.String({ description: 'What stood there: at most 100 characters, control characters escaped as \\uXXXX.' }),
      ),
      rule: Type.String({ description: 'The rule that is broken.' }),
      remedy: Type.String({ description: 'What would be accepted.' }),
    },
    'One fault of what was sent.',
  ),
)

export const ProblemSchema = named(
  'Problem',
  shape(
    {
      type: Type.String({ format: 'uri-reference', description: 'Page about the code; stable.' }),
      title: Type.String({ description: 'The code in words.' }),
      status: Type.Integer({ description: 'HTTP status code.' }),
      detail: Type.String({ description: 'What is wrong here, with field, value and remedy.' }),
      instance: Type.String({ description: "The call's id, which the operator finds in the log." }),
      code: words(CA_ERROR_CODES, 'Stable code for programs; docs/errors.md explains each.'),
      errors: Type.Array(ref(FaultSchema), { description: 'One entry for each field at fault; may be empty.' }),
    },
    'A refusal (RFC 9457).',
  ),
)

const cursor = Type.Optional(Type.String({ description: 'What to give as `cursor` for the next page; missing on the last.' }))
/** A page of a list. */
export function listOf<const Id extends string, S extends TSchema & { readonly $id: string }>($id: Id, item: S) {
  return named(
    $id,
    shape({ items: Type.Array(ref(item), { description: 'This page.' }), nextCursor: cursor }, 'A page of a list.'),
  )
}
