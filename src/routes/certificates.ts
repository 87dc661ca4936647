/** Issued certificates. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { DEFAULT_TRUSTPOINT } from '../asa/trustpoint.js'
import type { Authority } from '../ca/authority.js'
import { certificateResponses, formatParameter } from './certificate-responses.js'
import {
  CERTIFICATE_STATUS,
  CertificateListSchema,
  CertificateSchema,
  SERIAL,
  templateField,
  trustpointField,
} from './certificate-schemas.js'
import { EXAMPLE_CERTIFICATE } from './examples.js'
import { chooseFormat } from './formats.js'
import { pageParameters, pageQuery } from './paging.js'
import { tokenProblems } from './problem-responses.js'
import { renderCertificate } from './rendering.js'
import { line, ref, words } from './schemas.js'
import { certificateShape } from './shapes.js'

export interface CertificatesOptions extends Record<string, unknown> {
  readonly authority: Authority
}

/** Longest subject that is looked for, in characters. */
const MAX_SUBJECT_CHARACTERS = 500

const moment = (description: string) =>
  Type.Optional(
    Type.String({ format: 'date-time', description: `${description} (RFC 3339).`, examples: ['2027-01-31T00:00:00Z'] }),
  )

const filters = {
  status: Type.Optional(words(CERTIFICATE_STATUS, 'State now.')),
  template: Type.Optional(templateField),
  subject: Type.Optional(
    line(MAX_SUBJECT_CHARACTERS, 'One value of the subject, such as its CN, or the whole subject; upper and lower case are one.'),
  ),
  subjectAltName: Type.Optional(line(MAX_SUBJECT_CHARACTERS, 'A name in it: vpn.lab.example or dns:vpn.lab.example.')),
  serial: Type.Optional(Type.String({ pattern: SERIAL, description: 'Serial number: lower-case hex.' })),
  requester: Type.Optional(line(64, 'Name of the token that requested it.')),
  notAfterFrom: moment('It ends at this moment or later'),
  notAfterTo: moment('It ends at this moment or earlier'),
  ...pageParameters,
}

export const certificateRoutes: FastifyPluginAsyncTypebox<CertificatesOptions> = async (app, { authority }) => {
  app.get(
    '/certificates',
    {
      schema: {
        operationId: 'listCertificates',
        tags: ['certificates'],
        summary: 'List certificates',
        description:
          'All filters must hold. Newest first; a list by expiry has the latest end first. A requester and an MDM see their own.',
        querystring: Type.Object(filters, { additionalProperties: false }),
        response: {
          200: {
            description: 'A page of certificates.',
            content: { 'application/json': { schema: ref(CertificateListSchema), example: { items: [EXAMPLE_CERTIFICATE] } } },
          },
          ...tokenProblems(),
        },
      },
    },
    async (request) => {
      const { limit, cursor, notAfterFrom, notAfterTo, ...rest } = request.query
      const filter = { ...rest, ...dates({ notAfterFrom, notAfterTo }) }
      const page = await authority.listCertificates(request.caller, filter, pageQuery({ limit, cursor }))
      return { ...page, items: page.items.map((view) => certificateShape(view)) }
    },
  )

  app.get(
    '/certificates/:serial',
    {
      schema: {
        operationId: 'getCertificate',
        tags: ['certificates'],
        summary: 'A certificate in any form',
        description: 'A requester and an MDM see their own.',
        params: Type.Object({
          serial: Type.String({
            pattern: SERIAL,
            description: 'Serial number: lower-case hex without colons',
            examples: [EXAMPLE_CERTIFICATE.serial],
          }),
        }),
        querystring: Type.Object(
          { format: formatParameter, trustpoint: Type.Optional(trustpointField) },
          { additionalProperties: false },
        ),
        response: {
          200: certificateResponses('The certificate.', CertificateSchema, EXAMPLE_CERTIFICATE),
          ...tokenProblems('trustpoint-syntax'),
        },
      },
    },
    async (request, reply) => {
      const choice = chooseFormat(request.query.format, request.headers.accept)
      const view = await authority.findCertificate(request.caller, request.params.serial)
      const trustpoint = request.query.trustpoint ?? DEFAULT_TRUSTPOINT
      const { contentType, body } = renderCertificate(view, { choice, trustpoint, chain: authority.chainFor(view) })
      return reply.type(contentType).send(body)
    },
  )
}

function dates(texts: { notAfterFrom: string | undefined; notAfterTo: string | undefined }) {
  return {
    ...(texts.notAfterFrom === undefined ? {} : { notAfterFrom: new Date(texts.notAfterFrom) }),
    ...(texts.notAfterTo === undefined ? {} : { notAfterTo: new Date(texts.notAfterTo) }),
  }
}
