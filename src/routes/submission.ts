/** What a call to `POST /v1/requests` asks for, whichever way it came. */
import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Submission } from '../ca/authority.js'
import { REQUESTED_TYPES, type RequestedNames } from '../ca/name-candidates.js'
import { refuse } from '../errors.js'
import { commentField, type SubmissionSchema, templateField, trustpointField } from './certificate-schemas.js'
import { line } from './schemas.js'

/** Longest name with its type in front. */
const MAX_TYPED_NAME_CHARACTERS = 260
/** As in JSON: all names of a call. */
const MAX_TYPED_NAMES = 400

/** What goes along with a raw body. */
export const submissionParameters = {
  template: Type.Optional(templateField),
  subjectAltName: Type.Optional(
    Type.Array(line(MAX_TYPED_NAME_CHARACTERS, '`dns:`, `ip:`, `email:` or `upn:` and the name.'), {
      maxItems: MAX_TYPED_NAMES,
      description: 'A name that the certificate shall carry, as `dns:vpn.lab.example`; may be given several times.',
    }),
  ),
  trustpoint: Type.Optional(trustpointField),
  comment: Type.Optional(commentField),
}
const SubmissionQuery = Type.Object(submissionParameters)
type SubmissionQuery = Static<typeof SubmissionQuery>

/** A parameter that was given once is a list of one. For `preValidation`. */
export async function listOfNames(request: FastifyRequest): Promise<void> {
  const query = request.query as Record<string, unknown>
  if (typeof query.subjectAltName === 'string') query.subjectAltName = [query.subjectAltName]
}

/** @throws CaError `query-invalid`. */
export function submissionOf(request: { body: unknown; query: SubmissionQuery }): Submission {
  const { body, query } = request
  if (Buffer.isBuffer(body) || body === undefined) return fromPaste(body ?? Buffer.alloc(0), query)
  return fromJson(body as Static<typeof SubmissionSchema>, query)
}

function fromPaste(paste: Buffer, query: SubmissionQuery): Submission {
  return { paste, subjectAltNames: namesOf(query.subjectAltName ?? []), ...along(query) }
}

function fromJson(body: Static<typeof SubmissionSchema>, query: SubmissionQuery): Submission {
  for (const name of Object.keys(submissionParameters)) {
    if (name in query) {
      throw refuse('query-invalid', {
        pointer: `?${name}`,
        rule: 'goes along with a raw body only',
        remedy: `give it as a field of the JSON: ${name === 'subjectAltName' ? 'subjectAltNames' : name}`,
      })
    }
  }
  return { paste: Buffer.from(body.csr), subjectAltNames: body.subjectAltNames ?? {}, ...along(body) }
}

/** The fields that both ways have, without those that are not given. */
function along({ template, trustpoint, comment }: Pick<SubmissionQuery, 'template' | 'trustpoint' | 'comment'>) {
  return {
    ...(template === undefined ? {} : { template }),
    ...(trustpoint === undefined ? {} : { trustpoint }),
    ...(comment === undefined ? {} : { comment }),
  }
}

function namesOf(typed: readonly string[]): RequestedNames {
  const names: Partial<Record<(typeof REQUESTED_TYPES)[number], string[]>> = {}
  for (const text of typed) {
    const colon = text.indexOf(':')
    const type = REQUESTED_TYPES.find((known) => known === text.slice(0, Math.max(colon, 0)).toLowerCase())
    if (type === undefined || colon === text.length - 1) {
      throw refuse('query-invalid', {
        pointer: '?subjectAltName',
        value: text,
        rule: 'has no type in front, or no name behind it',
        remedy: 'write dns:vpn.lab.example, ip:203.0.113.1, email:admin@lab.example or upn:admin@lab.example',
      })
    }
    names[type] = [...(names[type] ?? []), text.slice(colon + 1)]
  }
  return names
}

/** SHA-256 over all that makes the call what it is: a repetition under the same `Idempotency-Key` must have the same. */
export function callSha256(request: FastifyRequest): Buffer {
  const { method, url, headers, rawBody } = request
  return createHash('sha256')
    .update(JSON.stringify([method, url, headers['content-type'] ?? null, headers.accept ?? null]))
    .update(rawBody ?? '')
    .digest()
}
