/** Documentation of answers that carry a certificate in any of its forms. */
import { type TSchema, Type } from 'typebox'
import { EXAMPLE_ASA, EXAMPLE_CERTIFICATE } from './examples.js'
import { FORMATS, MEDIA_TYPES } from './formats.js'
import { ref, words } from './schemas.js'

export const formatParameter = Type.Optional(
  words(
    FORMATS,
    'Form of the answer; goes before Accept. `json`; `pem`; `der`; `chain` (PEM, up to the root); `p7b` (PKCS#7 with the chain); `text` (as `show crypto ca certificates` has it); `asa` (the finished paste for `crypto ca import`; with `Accept: application/json` as `{command, body, ifAsked}` in the JSON).',
  ),
)

const text = (description: string) => ({ type: 'string', description })
const octets = (description: string) => ({ type: 'string', format: 'binary', description })

/** One entry of `response`; `json` is the schema of its JSON form. */
export function certificateResponses<S extends TSchema & { readonly $id: string }>(
  description: string,
  json: S,
  example: unknown,
  headers?: Record<string, { type: string; description: string }>,
) {
  return {
    description,
    ...(headers ? { headers } : {}),
    content: {
      [MEDIA_TYPES.json]: { schema: ref(json), example },
      [MEDIA_TYPES.text]: { schema: text('`format=text` or `format=asa`.'), example: EXAMPLE_ASA },
      [MEDIA_TYPES.pem]: { schema: text('The certificate in PEM.'), example: EXAMPLE_CERTIFICATE.pem },
      [MEDIA_TYPES.der]: { schema: octets('The certificate in DER.') },
      [MEDIA_TYPES.chain]: { schema: text('Certificate and CA certificates in PEM, leaf first, root last.') },
      [MEDIA_TYPES.p7b]: { schema: octets('Certificate and CA certificates as PKCS#7 without signers.') },
    },
  }
}
