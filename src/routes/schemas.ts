/**
 * The shapes on the wire. Each has a name under which the OpenAPI document holds it once, and every property says what
 * it means and in which unit.
 */
import { type Static, type TSchema, Type } from 'typebox'
import { REQUESTED_TYPES } from '../ca/name-candidates.js'
import { ROLES } from '../ca/ports.js'
import { WARNING_CODES } from '../ca/warning.js'
import { CA_ERROR_CODES } from '../errors.js'

/** A reference to a named schema that still gives its type to handlers: the generator and Ajv want a bare `$ref`. */
export function ref<S extends TSchema & { readonly $id: string }>(schema: S) {
  return Type.Unsafe<Static<S>>({ $ref: `${schema.$id}#` })
}

function named<const Id extends string, S extends TSchema>($id: Id, schema: S) {
  return Object.assign(schema, { $id })
}

/** Objects of the wire take and give exactly their fields. */
const STRICT = { additionalProperties: false } as const
const shape = <P extends Record<string, TSchema>>(properties: P, description: string) =>
  Type.Object(properties, { ...STRICT, description })

export const words = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values], description })

/** No control characters: NUL is not storable, and the others have no place in a one-line text. */
const ONE_LINE = '^[^\\u0000-\\u001f\\u007f]*$'
/** A text of one line. */
export const line = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: ONE_LINE, description })

const moment = (description: string) => Type.String({ format: 'date-time', description: `${description} (RFC 3339, UTC).` })

/** Names of one type that a call may ask for; a certificate with more would not fit into many a client. */
const MAX_NAMES = 100
/** A DNS name has at most 253 characters, an e-mail address 254. */
const MAX_NAME_CHARACTERS = 255
const names = (description: string) =>
  Type.Array(line(MAX_NAME_CHARACTERS, description), { maxItems: MAX_NAMES, description: `${description}s.` })

export const SERIAL = '^[0-9a-f]{2,40}$'
const serial = (description: string) => Type.String({ pattern: SERIAL, description })

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

export const SubjectAltNamesSchema = named(
  'SubjectAltNames',
  shape(
    {
      dns: Type.Optional(names('DNS name, such as vpn.lab.example')),
      ip: Type.Optional(names('IPv4 or IPv6 address, such as 192.0.2.10')),
      email: Type.Optional(names('E-mail address')),
      upn: Type.Optional(names('User principal name')),
    } satisfies Record<(typeof REQUESTED_TYPES)[number], TSchema>,
    'Names that the certificate shall carry besides those of the request.',
  ),
)

/** Longest paste inside JSON, in characters: as for a raw body. */
const MAX_CSR_CHARACTERS = 256 * 1024
/** A sentence or two. */
const MAX_COMMENT_CHARACTERS = 500
/** The console takes fewer than 65; the rule itself is the domain's. */
const MAX_TRUSTPOINT_CHARACTERS = 100
/** As the names of templates are. */
const MAX_TEMPLATE_CHARACTERS = 64

export const templateField = line(
  MAX_TEMPLATE_CHARACTERS,
  'Name of the template, as `GET /v1/templates` lists it; the default template where none is named.',
)
export const trustpointField = line(
  MAX_TRUSTPOINT_CHARACTERS,
  'Name of the trustpoint on the ASA, for the text to paste back: one word, fewer than 65 characters.',
)
export const commentField = line(MAX_COMMENT_CHARACTERS, 'A remark for people, kept with the request.')

export const SubmissionSchema = named(
  'Submission',
  shape(
    {
      csr: Type.String({
        maxLength: MAX_CSR_CHARACTERS,
        description: 'What was pasted: PEM, bare base64, or a whole console capture; line breaks as \\n.',
      }),
      template: Type.Optional(templateField),
      subjectAltNames: Type.Optional(ref(SubjectAltNamesSchema)),
      trustpoint: Type.Optional(trustpointField),
      comment: Type.Optional(commentField),
    },
    'A certificate request with what goes along.',
  ),
)

export const WarningSchema = named(
  'Warning',
  shape(
    {
      code: words(WARNING_CODES, 'Stable code for programs.'),
      detail: Type.String({ description: 'What to know, and what to do.' }),
    },
    'Something to know although the request went through.',
  ),
)

export const IgnoredSchema = named(
  'Ignored',
  shape(
    {
      oid: Type.String({ description: 'Dotted object identifier.' }),
      name: Type.String({ description: 'Readable name of the extension.' }),
      reason: Type.String({ description: 'Why it had no effect.' }),
    },
    'An extension that the request asked for and the certificate does not have.',
  ),
)

export const AsaPasteSchema = named(
  'AsaPaste',
  shape(
    {
      command: Type.String({ description: 'The command to enter in configuration mode.' }),
      body: Type.String({ description: 'What to paste after it: PEM at 64 columns, and `quit`.' }),
      ifAsked: Type.Array(
        shape(
          {
            prompt: Type.String({ description: 'What the console asks.' }),
            answer: Type.String({ description: 'What to answer.' }),
            why: Type.String({ description: 'Why it asks.' }),
          },
          'A question that some consoles ask.',
        ),
        { description: 'Questions that may come between command and paste.' },
      ),
    },
    'The text for `crypto ca import`, in parts.',
  ),
)

export const CERTIFICATE_STATUS = ['valid', 'held', 'revoked', 'expired'] as const

export const CertificateSchema = named(
  'Certificate',
  shape(
    {
      serial: serial('Serial number: lower-case hex, two digits for each octet.'),
      status: words(CERTIFICATE_STATUS, 'State; `held` is a revocation that can be lifted.'),
      template: Type.String({ description: 'Name of the template it was made from.' }),
      issuer: Type.String({ description: "The CA's distinguished name (RFC 4514)." }),
      subject: Type.String({ description: 'Distinguished name (RFC 4514); may be empty.' }),
      subjectAltNames: Type.Array(Type.String({ description: '`dns:`, `ip:`, `email:` or `upn:` and the name.' }), {
        description: 'The names it is good for.',
      }),
      notBefore: moment('Start of validity'),
      notAfter: moment('End of validity, this second included'),
      sha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the DER: lower-case hex.' }),
      pem: Type.String({ description: 'The certificate in PEM: 64 columns, LF.' }),
      requestId: Type.Integer({ description: 'Id of the request it was issued for.' }),
      asa: Type.Optional(ref(AsaPasteSchema)),
    },
    'A certificate.',
  ),
)

export const REQUEST_STATUS = ['issued', 'pending', 'denied', 'failed'] as const

export const RequestSchema = named(
  'Request',
  shape(
    {
      id: Type.Integer({ description: 'Ascending, with gaps.' }),
      status: words(REQUEST_STATUS, 'What became of it.'),
      template: Type.String({ description: 'Name of the template.' }),
      requester: Type.String({ description: 'Name of the token that sent it.' }),
      submittedAt: moment('When it came'),
      ignored: Type.Array(ref(IgnoredSchema), { description: 'Extensions that it asked for in vain.' }),
      warnings: Type.Array(ref(WarningSchema), { description: 'What to know although it went through.' }),
      nextSteps: Type.Array(Type.String({ description: 'One step.' }), { description: 'What to do now, in order.' }),
      certificate: Type.Optional(ref(CertificateSchema)),
    },
    'A certificate request and what became of it.',
  ),
)

const patterns = (description: string, pattern: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: MAX_NAME_CHARACTERS, pattern, description }), {
    maxItems: MAX_NAMES,
    description: `${description} An empty list allows none; without the field any name of this type is allowed.`,
  })

export const NamePatternsSchema = named(
  'NamePatterns',
  shape(
    {
      dns: Type.Optional(
        patterns(
          'A name, or `*.` and a name for all names below it.',
          '^(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$',
        ),
      ),
      ip: Type.Optional(patterns('An address or a CIDR block.', '^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$')),
      email: Type.Optional(patterns('An address, or `*@` and a domain.', '^(\\*|[^\\s@*]+)@[^\\s@*]+$')),
      upn: Type.Optional(patterns('A UPN, or `*@` and a domain.', '^(\\*|[^\\s@*]+)@[^\\s@*]+$')),
    },
    'For which names a token may have certificates.',
  ),
)

/** Templates that one token may name. */
const MAX_TEMPLATES = 50
/** As long as a name on a screen is readable. */
const MAX_TOKEN_NAME_CHARACTERS = 64

const tokenFields = {
  name: line(MAX_TOKEN_NAME_CHARACTERS, 'Whose token it is: 1 to 64 characters; stands in requests and in the audit.'),
  role: words(ROLES, 'What it may do.'),
  templates: Type.Optional(
    Type.Array(line(MAX_TEMPLATE_CHARACTERS, 'Name of a template.'), {
      maxItems: MAX_TEMPLATES,
      description: 'Templates it may use; all where the field is missing.',
    }),
  ),
}

export const NewTokenSchema = named(
  'NewToken',
  shape(
    {
      ...tokenFields,
      patterns: Type.Optional(ref(NamePatternsSchema)),
      wildcards: Type.Optional(
        Type.Boolean({ description: 'Whether it may ask for `*.` names, where the template allows them; false by default.' }),
      ),
      expiresAt: Type.Optional(moment('When it ends; without the field it does not')),
    },
    'A token to be made.',
  ),
)

const storedTokenFields = {
  id: Type.Integer({ description: 'Id for `DELETE /v1/tokens/{id}`.' }),
  ...tokenFields,
  patterns: ref(NamePatternsSchema),
  wildcards: Type.Boolean({ description: 'Whether it may ask for `*.` names.' }),
  createdAt: moment('When it was made'),
  expiresAt: Type.Optional(moment('When it ends')),
  lastUsedAt: Type.Optional(moment('When it was last used, to the minute')),
  revokedAt: Type.Optional(moment('When it was revoked')),
}

export const TokenSchema = named('Token', shape(storedTokenFields, 'A token without its text.'))
export const CreatedTokenSchema = named(
  'CreatedToken',
  shape(
    { ...storedTokenFields, text: Type.String({ description: 'The token itself. It is shown here once and never again.' }) },
    'A token that was just made.',
  ),
)

const KEY_TYPES = 'By type of the requester’s key'
const usage = (key: string) =>
  Type.Array(Type.String({ description: 'A bit, named as in RFC 5280.' }), { description: `Key usage with ${key} keys.` })

export const TemplateSchema = named(
  'Template',
  shape(
    {
      name: Type.String({ description: 'What `template` in a call says.' }),
      displayName: Type.String({ description: 'Name for people.' }),
      description: Type.String({ description: 'What it is for.' }),
      default: Type.Boolean({ description: 'Whether it is used where a call names none.' }),
      validityDays: Type.Integer({ description: 'Lifetime in days; the CA’s end or a cap may shorten it.' }),
      keyUsage: shape({ rsa: usage('RSA'), ec: usage('EC') }, `${KEY_TYPES}.`),
      extendedKeyUsage: Type.Array(Type.String({ description: 'Dotted object identifier.' }), {
        description: 'Purposes in the certificate.',
      }),
      subjectAltNames: Type.Array(words(REQUESTED_TYPES, 'Type of name.'), {
        description: 'Types of names that go into the certificate.',
      }),
      wildcards: Type.Boolean({ description: 'Whether `*.` names are possible, for tokens that may ask for them.' }),
    },
    'What kind of certificate is made.',
  ),
)

export const AuditEventSchema = named(
  'AuditEvent',
  shape(
    {
      writer: Type.String({ description: 'Process that wrote it; each has a chain of its own.' }),
      sequence: Type.Integer({ description: 'Place in the chain, from 1 without gaps.' }),
      at: moment('When it happened'),
      actor: Type.String({ description: 'Name of the token, or `system`.' }),
      action: Type.String({ description: 'What was done, as `noun.verb`.' }),
      object: Type.String({ description: 'What it was done to.' }),
      detail: Type.Record(Type.String(), Type.Unsafe<string | number | boolean | null>({ description: 'A fact.' }), {
        description: 'Facts of the event; no secrets.',
      }),
      hash: Type.String({ description: "SHA-256 over the predecessor's hash and this event: lower-case hex." }),
    },
    'One link of the audit chain.',
  ),
)

const cursor = Type.Optional(Type.String({ description: 'What to give as `cursor` for the next page; missing on the last.' }))
function listOf<const Id extends string, S extends TSchema & { readonly $id: string }>($id: Id, item: S) {
  return named(
    $id,
    shape({ items: Type.Array(ref(item), { description: 'This page.' }), nextCursor: cursor }, 'A page of a list.'),
  )
}
export const RequestListSchema = listOf('RequestList', RequestSchema)
export const CertificateListSchema = listOf('CertificateList', CertificateSchema)
export const TokenListSchema = listOf('TokenList', TokenSchema)
export const AuditListSchema = listOf('AuditList', AuditEventSchema)
export const TemplateListSchema = listOf('TemplateList', TemplateSchema)

export const FingerprintsSchema = named(
  'Fingerprints',
  shape(
    {
      items: Type.Array(
        shape(
          {
            issuer: words(['root', 'ca'], 'Which CA certificate.'),
            subject: Type.String({ description: 'Distinguished name (RFC 4514).' }),
            sha256: Type.String({ description: 'SHA-256: upper-case hex pairs with colons.' }),
            sha1: Type.String({ description: 'SHA-1: upper-case hex pairs with colons.' }),
            md5Asa: Type.String({ description: 'MD5 as the ASA shows it: four groups of eight lower-case hex digits.' }),
          },
          'The fingerprints of one CA certificate.',
        ),
        { description: 'Issuing CA first, root last.' },
      ),
    },
    'Fingerprints of the CA certificates.',
  ),
)

export const HealthSchema = named(
  'Health',
  shape(
    {
      status: words(['ready', 'not-ready'], 'Whether certificates can be issued.'),
      components: Type.Array(
        shape(
          {
            component: Type.String({ description: 'Name of the part.' }),
            ok: Type.Boolean({ description: 'Whether it works.' }),
            warnings: Type.Optional(
              Type.Array(Type.String({ description: 'A sentence.' }), { description: 'Told to callers on this machine only.' }),
            ),
          },
          'A part of the service.',
        ),
        { description: 'The parts.' },
      ),
    },
    'Whether the service is ready.',
  ),
)

/** Every named schema, for `addSchema`. */
export const NAMED_SCHEMAS = [
  FaultSchema,
  ProblemSchema,
  SubjectAltNamesSchema,
  SubmissionSchema,
  WarningSchema,
  IgnoredSchema,
  AsaPasteSchema,
  CertificateSchema,
  RequestSchema,
  NamePatternsSchema,
  NewTokenSchema,
  TokenSchema,
  CreatedTokenSchema,
  TemplateSchema,
  AuditEventSchema,
  RequestListSchema,
  CertificateListSchema,
  TokenListSchema,
  AuditListSchema,
  TemplateListSchema,
  FingerprintsSchema,
  HealthSchema,
]
