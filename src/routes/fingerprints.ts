/** Fingerprints of the CA certificates, to be compared with what a device shows before it trusts the CA. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { fingerprints } from '../asa/fingerprint.js'
import type { Publication } from '../ca/authority.js'
import { parseCertificate } from '../ca/certificate.js'
import { formatName } from '../ca/name.js'
import type { IssuerSlug } from '../ca/ports.js'
import { EXAMPLE_FINGERPRINTS } from './examples.js'
import { negotiate } from './formats.js'
import { problems } from './problem-responses.js'
import { CERTIFICATE_MAX_AGE_SECONDS, sendPublicFile } from './publications.js'
import { named, ref, shape, words } from './schemas.js'

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

export interface FingerprintsOptions extends Record<string, unknown> {
  readonly publication: Publication
}

export const fingerprintRoutes: FastifyPluginAsyncTypebox<FingerprintsOptions> = async (app, { publication }) => {
  app.get(
    '/pki/fingerprints',
    {
      schema: {
        operationId: 'getFingerprints',
        tags: ['pki'],
        summary: 'Fingerprints of the CA certificates',
        description:
          'To compare with what a device shows before it trusts the CA. As text unless Accept asks for JSON. No token is needed.',
        security: [],
        querystring: Type.Object({}, { additionalProperties: false }),
        response: {
          200: {
            description: 'The fingerprints.',
            content: {
              'text/plain': {
                schema: { type: 'string', description: 'One block for each certificate.' },
                example: fingerprintText([EXAMPLE_FINGERPRINTS]),
              },
              'application/json': { schema: ref(FingerprintsSchema), example: { items: [EXAMPLE_FINGERPRINTS] } },
            },
          },
          304: { type: 'null', description: 'Unchanged since the ETag in If-None-Match.' },
          ...problems(),
        },
      },
    },
    async (request, reply) => {
      const items = describeChain(publication)
      const asJson = negotiate(request.headers.accept, ['text', 'json']) === 'json'
      const body = Buffer.from(asJson ? JSON.stringify({ items }) : fingerprintText(items))
      const contentType = asJson ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8'
      reply.header('vary', 'accept')
      return sendPublicFile(request, reply, { contentType, body, maxAgeSeconds: CERTIFICATE_MAX_AGE_SECONDS })
    },
  )
}

type Described = { issuer: IssuerSlug; subject: string; sha256: string; sha1: string; md5Asa: string }

function describeChain(publication: Publication): Described[] {
  return (['ca', 'root'] as const).flatMap((issuer) => {
    const der = publication.certificate(issuer)
    return der ? [{ issuer, subject: formatName(parseCertificate(der).subject), ...fingerprints(der) }] : []
  })
}

function fingerprintText(items: readonly Omit<Described, 'issuer'>[]): string {
  return items
    .map(
      (item) =>
        `${item.subject}\n  SHA-256  ${item.sha256}\n  SHA-1    ${item.sha1}\n  MD5      ${item.md5Asa}   (as an ASA shows it)\n`,
    )
    .join('\n')
}
