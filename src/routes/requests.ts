/** Certificate requests: send one in, look up what became of it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { DEFAULT_TRUSTPOINT } from '../asa/trustpoint.js'
import type { Authority, ReplayKey, RequestView } from '../ca/authority.js'
import { MAX_PASTE_OCTETS } from '../ca/paste.js'
import { certificateResponses, formatParameter } from './certificate-responses.js'
import {
  REQUEST_STATUS,
  RequestListSchema,
  RequestSchema,
  SubmissionSchema,
  templateField,
  trustpointField,
} from './certificate-schemas.js'
import { EXAMPLE_CAPTURE, EXAMPLE_REQUEST, EXAMPLE_SUBMISSION } from './examples.js'
import { type Choice, chooseFormat } from './formats.js'
import type { Instruments } from './instruments.js'
import { takePastes } from './intake.js'
import { pageParameters, pageQuery } from './paging.js'
import { ISSUANCE_CODES, tokenProblems } from './problem-responses.js'
import { renderRequest } from './rendering.js'
import { line, ref, words } from './schemas.js'
import { requestShape } from './shapes.js'
import { callSha256, listOfNames, submissionOf, submissionParameters } from './submission.js'

export interface RequestsOptions extends Record<string, unknown> {
  readonly authority: Authority
  readonly instruments: Instruments
}

/** Room for the paste as JSON, where each line break takes two characters, and for what goes along. */
const SUBMISSION_BODY_OCTETS = 2 * MAX_PASTE_OCTETS

const PASTE = { type: 'string', description: 'The paste itself, as it came from the console.' } as const
const OCTETS = { type: 'string', format: 'binary', description: 'The request in DER, or as text.' } as const

/** Bodies that are no JSON, for the document; `text/plain` first, so that a person finds a plain box to paste into. */
const PASTE_BODIES = {
  'text/plain': { schema: { ...PASTE, examples: [EXAMPLE_CAPTURE] } },
  'application/pkcs10': { schema: OCTETS },
  'application/x-pem-file': { schema: { ...PASTE, examples: [EXAMPLE_SUBMISSION.csr] } },
  'application/octet-stream': { schema: OCTETS },
  'application/x-www-form-urlencoded': { schema: { ...PASTE, description: 'The paste itself: curl calls it so by default.' } },
}

export const submitRoute: FastifyPluginAsyncTypebox<RequestsOptions> = async (app, { authority, instruments }) => {
  takePastes(app)
  app.post(
    '/requests',
    {
      bodyLimit: SUBMISSION_BODY_OCTETS,
      preValidation: listOfNames,
      config: { rawBodies: PASTE_BODIES },
      schema: {
        operationId: 'submitRequest',
        tags: ['requests'],
        summary: 'Paste a certificate request, get the certificate',
        description:
          'Takes whatever was pasted: PEM, bare base64, DER, or a whole console capture with prompts. With a raw body, template, names, trustpoint and comment go into the query; with JSON they are fields. Unless another form is chosen, the answer is JSON with the certificate in it; `format=asa` is the finished text for `crypto ca import`.',
        querystring: Type.Object({ ...submissionParameters, format: formatParameter }, { additionalProperties: false }),
        headers: Type.Object({
          'Idempotency-Key': Type.Optional(
            Type.String({
              pattern: '^[\\x21-\\x7e]{1,255}$',
              description:
                '1 to 255 visible ASCII characters. Within 24 hours a repetition of the same call under the same key gets the same answer, and no second certificate.',
            }),
          ),
        }),
        body: { content: { 'application/json': { schema: ref(SubmissionSchema) } } },
        response: {
          201: certificateResponses('The certificate was issued.', RequestSchema, EXAMPLE_REQUEST, {
            location: { type: 'string', description: 'Address of the request.' },
            'idempotency-replayed': { type: 'string', description: '`true` where this answer was given before.' },
          }),
          ...tokenProblems('body-invalid', 'body-line-breaks', 'body-too-large', 'media-type', ...ISSUANCE_CODES),
        },
      },
    },
    async (request, reply) => {
      const call = readCall(request, request.query, authority)
      const earlier = call.replay && (await authority.findReplay(request.caller, call.replay.key, call.replay.requestSha256))
      if (earlier) return sendReplay(reply, earlier)
      const answer = await authority.submitRequest(request.caller, submissionOf(request), call.replay)
      return 'replay' in answer ? sendReplay(reply, answer.replay) : sendCreated(reply, answer.view, call, instruments)
    },
  )
}

interface Call {
  readonly choice: Choice
  readonly authority: Authority
  readonly replay: ReplayKey | undefined
}

/** Judges format and key before anything is issued: what cannot be answered is not begun. */
function readCall(request: FastifyRequest, query: { format?: Choice['format'] }, authority: Authority): Call {
  const choice = chooseFormat(query.format, request.headers.accept)
  const key = request.headers['idempotency-key']
  const call = { choice, authority, replay: undefined }
  if (typeof key !== 'string') return call
  return { ...call, replay: { key, requestSha256: callSha256(request), render: (view) => render(view, call) } }
}

const CREATED = 201

function render(view: RequestView, { choice, authority }: Call): { status: number; contentType: string; body: Buffer } {
  const { certificate } = view
  const chain = certificate ? authority.chainFor(certificate) : []
  // What is durable must be answered: without a certificate there is only JSON to say so.
  const possible: Choice = certificate ? choice : { format: 'json', asaInJson: false }
  return {
    status: CREATED,
    ...renderRequest(view, { choice: possible, trustpoint: view.trustpoint ?? DEFAULT_TRUSTPOINT, chain }),
  }
}

function sendReplay(reply: FastifyReply, { status, contentType, body }: { status: number; contentType: string; body: Buffer }) {
  return reply.code(status).header('idempotency-replayed', 'true').type(contentType).send(body)
}

function sendCreated(reply: FastifyReply, view: RequestView, call: Call, instruments: Instruments) {
  if (view.status === 'issued') instruments.issued(view.template, reply.elapsedTime)
  const { status, contentType, body } = render(view, call)
  return reply.code(status).header('location', `/v1/requests/${view.id}`).type(contentType).send(body)
}

/** Most characters of a request's id: far beyond any that is given. */
const ID = '^[1-9][0-9]{0,14}$'

export const requestRoutes: FastifyPluginAsyncTypebox<RequestsOptions> = async (app, { authority }) => {
  app.get(
    '/requests',
    {
      schema: {
        operationId: 'listRequests',
        tags: ['requests'],
        summary: 'List certificate requests, newest first',
        description: 'A requester and an MDM see their own.',
        querystring: Type.Object(
          {
            status: Type.Optional(words(REQUEST_STATUS, 'What became of it.')),
            template: Type.Optional(templateField),
            requester: Type.Optional(line(64, 'Name of the token that sent it.')),
            ...pageParameters,
          },
          { additionalProperties: false },
        ),
        response: {
          200: {
            description: 'A page of requests.',
            content: { 'application/json': { schema: ref(RequestListSchema), example: { items: [EXAMPLE_REQUEST] } } },
          },
          ...tokenProblems(),
        },
      },
    },
    async (request) => {
      const { limit, cursor, ...filter } = request.query
      const page = await authority.listRequests(request.caller, filter, pageQuery({ limit, cursor }))
      return { ...page, items: page.items.map((view) => requestShape(view)) }
    },
  )

  app.get(
    '/requests/:id',
    {
      schema: {
        operationId: 'getRequest',
        tags: ['requests'],
        summary: 'A certificate request and what became of it',
        description: 'A requester and an MDM see their own.',
        params: Type.Object({ id: Type.String({ pattern: ID, description: 'Id of the request: a number.', examples: ['1'] }) }),
        querystring: Type.Object(
          { format: formatParameter, trustpoint: Type.Optional(trustpointField) },
          { additionalProperties: false },
        ),
        response: {
          200: certificateResponses('The request.', RequestSchema, EXAMPLE_REQUEST),
          ...tokenProblems('trustpoint-syntax'),
        },
      },
    },
    async (request, reply) => {
      const choice = chooseFormat(request.query.format, request.headers.accept)
      const view = await authority.findRequest(request.caller, Number(request.params.id))
      const trustpoint = request.query.trustpoint ?? view.trustpoint ?? DEFAULT_TRUSTPOINT
      const chain = view.certificate ? authority.chainFor(view.certificate) : []
      const { contentType, body } = renderRequest(view, { choice, trustpoint, chain })
      return reply.type(contentType).send(body)
    },
  )
}
