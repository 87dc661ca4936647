/** What everybody may fetch without a token: CA certificates, CRLs, fingerprints. Works while the database is away. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { authenticatePaste } from '../asa/authenticate.js'
import { DEFAULT_TRUSTPOINT } from '../asa/trustpoint.js'
import type { Publication } from '../ca/authority.js'
import { degeneratePkcs7 } from '../ca/cms.js'
import { pem } from '../ca/pem.js'
import type { Clock, IssuerSlug } from '../ca/ports.js'
import { CaError } from '../errors.js'
import { trustpointField } from './certificate-schemas.js'
import { MEDIA_TYPES } from './formats.js'
import { problems } from './problem-responses.js'
import { CERTIFICATE_MAX_AGE_SECONDS, type PublicFile, sendPublicFile } from './publications.js'
import { words } from './schemas.js'

export interface PkiOptions extends Record<string, unknown> {
  readonly publication: Publication
  readonly clock: Clock
}

const TEXT = 'text/plain; charset=utf-8'
const NO_QUERY = Type.Object({}, { additionalProperties: false })
const TAG = 'pki'

const octets = (description: string) => ({ type: 'string', format: 'binary', description })
const text = (description: string) => ({ type: 'string', description })

type Extension = 'pem' | 'cer' | 'p7b' | 'crl'

const FILES: Readonly<
  Record<Extension, { contentType: string; summary: string; schema: { type: string; description: string } }>
> = {
  pem: { contentType: MEDIA_TYPES.pem, summary: 'CA certificate in PEM', schema: text('The certificate in PEM.') },
  cer: { contentType: MEDIA_TYPES.der, summary: 'CA certificate in DER', schema: octets('The certificate in DER.') },
  p7b: {
    contentType: MEDIA_TYPES.p7b,
    summary: 'CA certificates as PKCS#7',
    schema: octets('The certificate and those above it, as PKCS#7 without signers.'),
  },
  crl: { contentType: 'application/pkix-crl', summary: 'Certificate revocation list', schema: octets('The CRL in DER.') },
}

export const pkiRoutes: FastifyPluginAsyncTypebox<PkiOptions> = async (app, { publication, clock }) => {
  for (const [extension, { contentType, summary, schema }] of Object.entries(FILES) as [Extension, (typeof FILES)[Extension]][]) {
    app.get(
      `/pki/:issuer.${extension}`,
      {
        schema: {
          operationId: `get${extension[0]?.toUpperCase()}${extension.slice(1)}`,
          tags: [TAG],
          summary,
          description:
            '`root`, or `ca` for the issuing CA of a CA with two tiers. No token is needed; the address never changes.',
          security: [],
          params: Type.Object({ issuer: words(['root', 'ca'], 'Which CA certificate: root or ca') }),
          querystring: NO_QUERY,
          response: {
            200: { description: summary, content: { [contentType]: { schema } } },
            304: { type: 'null', description: 'Unchanged since the ETag in If-None-Match.' },
            ...problems('issuer-unavailable'),
          },
        },
      },
      async (request, reply) =>
        sendPublicFile(request, reply, await publicFile({ publication, clock }, request.params.issuer, extension)),
    )
  }

  app.get(
    '/pki/chain.pem',
    {
      schema: {
        operationId: 'getChain',
        tags: [TAG],
        summary: 'All CA certificates in PEM',
        description: 'Issuing CA first, root last. No token is needed.',
        security: [],
        querystring: NO_QUERY,
        response: {
          200: { description: 'The chain.', content: { [MEDIA_TYPES.chain]: { schema: text('Certificates in PEM.') } } },
          304: { type: 'null', description: 'Unchanged since the ETag in If-None-Match.' },
          ...problems(),
        },
      },
    },
    async (request, reply) => {
      const body = Buffer.from(
        publication
          .chain()
          .map((der) => pem('CERTIFICATE', der))
          .join(''),
      )
      return sendPublicFile(request, reply, { contentType: MEDIA_TYPES.chain, body, maxAgeSeconds: CERTIFICATE_MAX_AGE_SECONDS })
    },
  )

  app.get(
    '/pki/asa-authenticate',
    {
      schema: {
        operationId: 'getAsaAuthenticate',
        tags: [TAG],
        summary: 'The finished paste for `crypto ca authenticate`',
        description: 'The certificate of the CA that issues, with the fingerprint that the ASA will show. No token is needed.',
        security: [],
        querystring: Type.Object({ trustpoint: Type.Optional(trustpointField) }, { additionalProperties: false }),
        response: {
          200: { description: 'Text to paste into the console.', content: { 'text/plain': { schema: text('The paste.') } } },
          304: { type: 'null', description: 'Unchanged since the ETag in If-None-Match.' },
          ...problems('trustpoint-syntax', 'issuer-unavailable'),
        },
      },
    },
    async (request, reply) => {
      const paste = authenticatePaste({ ...issuing(publication), trustpoint: request.query.trustpoint ?? DEFAULT_TRUSTPOINT })
      const body = Buffer.from(paste)
      return sendPublicFile(request, reply, { contentType: TEXT, body, maxAgeSeconds: CERTIFICATE_MAX_AGE_SECONDS })
    },
  )
}

async function publicFile({ publication, clock }: PkiOptions, slug: IssuerSlug, extension: Extension): Promise<PublicFile> {
  const { contentType } = FILES[extension]
  const der = publication.certificate(slug)
  if (!der) throw new CaError('not-found', 'this CA has one tier: its root issues directly, so ask for root instead of ca')
  if (extension !== 'crl')
    return { contentType, body: certificateBody(publication, der, extension), maxAgeSeconds: CERTIFICATE_MAX_AGE_SECONDS }
  const crl = await publication.crl(slug)
  if (!crl) throw new CaError('issuer-unavailable', `the CRL of ${slug} has not been published yet; try again in a minute`)
  const maxAgeSeconds = (crl.nextPublish.getTime() - clock().getTime()) / 1000
  return { contentType, body: crl.crlDer, maxAgeSeconds }
}

function certificateBody(publication: Publication, der: Buffer, extension: Exclude<Extension, 'crl'>): Buffer {
  if (extension === 'cer') return der
  if (extension === 'pem') return Buffer.from(pem('CERTIFICATE', der))
  const chain = publication.chain()
  return degeneratePkcs7(
    chain.slice(
      Math.max(
        0,
        chain.findIndex((other) => other.equals(der)),
      ),
    ),
  )
}

function issuing(publication: Publication): { caCertificateDer: Buffer; slug: IssuerSlug } {
  const slug: IssuerSlug = publication.certificate('ca') ? 'ca' : 'root'
  const caCertificateDer = publication.certificate(slug)
  if (!caCertificateDer) throw new CaError('issuer-unavailable', 'the CA certificate is not here; tell the operator')
  return { caCertificateDer, slug }
}
