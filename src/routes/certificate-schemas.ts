/** Requests and certificates on the wire. */
import { type TSchema, Type } from 'typebox'
import type { REQUESTED_TYPES } from '../ca/name-candidates.js'
import { WARNING_CODES } from '../ca/warning.js'
import { EXAMPLE_SUBMISSION } from './examples.js'
import {
  line,
  listOf,
  MAX_NAME_CHARACTERS,
  MAX_NAMES,
  MAX_TEMPLATE_CHARACTERS,
  moment,
  named,
  ref,
  shape,
  words,
} from './schemas.js'

const names = (description: string, all: string) =>
  Type.Array(line(MAX_NAME_CHARACTERS, description), { maxItems: MAX_NAMES, description: all })

export const SERIAL = '^[0-9a-f]{2,40}$'
const serial = (description: string) => Type.String({ pattern: SERIAL, description })

export const SubjectAltNamesSchema = named(
  'SubjectAltNames',
  shape(
    {
      dns: Type.Optional(names('A DNS name.', 'A list of DNS names, such as ["vpn.lab.example"].')),
      ip: Type.Optional(names('An IPv4 or IPv6 address.', 'A list of addresses, such as ["192.0.2.10"].')),
      email: Type.Optional(names('An e-mail address.', 'A list of e-mail addresses.')),
      upn: Type.Optional(names('A user principal name.', 'A list of user principal names.')),
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
    [EXAMPLE_SUBMISSION],
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

export const RequestListSchema = listOf('RequestList', RequestSchema)
export const CertificateListSchema = listOf('CertificateList', CertificateSchema)
