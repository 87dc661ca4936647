/** Tokens on the wire. */
import { type Static, Type } from 'typebox'
import { ROLES, type TokenRecord } from '../ca/ports.js'
import { EXAMPLE_NEW_TOKEN } from './examples.js'
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
import { rfc3339 } from './shapes.js'

const patterns = (description: string, pattern: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: MAX_NAME_CHARACTERS, pattern, description }), {
    maxItems: MAX_NAMES,
    description: `${description} An empty list allows none; so does a missing one, unless all four are missing.`,
  })

export const NamePatternsSchema = named(
  'NamePatterns',
  shape(
    {
      dns: Type.Optional(
        patterns(
          'A name, `*.` and a name for all names below it, or `*` for any.',
          '^(\\*|(\\*\\.)?[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*)$',
        ),
      ),
      ip: Type.Optional(patterns('An address or a CIDR block; 0.0.0.0/0 and ::/0 for any.', '^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$')),
      email: Type.Optional(patterns('An address, or `*@` and a domain.', '^(\\*|[^\\s@*]+)@[^\\s@*]+$')),
      upn: Type.Optional(patterns('A UPN, or `*@` and a domain.', '^(\\*|[^\\s@*]+)@[^\\s@*]+$')),
    },
    'For which names a token may have certificates. Without any list: for any name. With one, for no name of a type whose list is missing.',
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
    [EXAMPLE_NEW_TOKEN],
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

export const TokenListSchema = listOf('TokenList', TokenSchema)

export function tokenShape(token: TokenRecord): Static<typeof TokenSchema> {
  const { dns, ip, email, upn } = token.patterns
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    ...(token.templates ? { templates: [...token.templates] } : {}),
    patterns: {
      ...(dns ? { dns: [...dns] } : {}),
      ...(ip ? { ip: [...ip] } : {}),
      ...(email ? { email: [...email] } : {}),
      ...(upn ? { upn: [...upn] } : {}),
    },
    wildcards: token.wildcards,
    createdAt: rfc3339(token.createdAt),
    ...(token.expiresAt ? { expiresAt: rfc3339(token.expiresAt) } : {}),
    ...(token.lastUsedAt ? { lastUsedAt: rfc3339(token.lastUsedAt) } : {}),
    ...(token.revokedAt ? { revokedAt: rfc3339(token.revokedAt) } : {}),
  }
}

export function createdTokenShape({ token, text }: { token: TokenRecord; text: string }): Static<typeof CreatedTokenSchema> {
  return { ...tokenShape(token), text }
}
