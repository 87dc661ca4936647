/**
 * Plain HTTP carries tokens and requests only where nobody can listen: within the machine, or behind a trusted proxy
 * that speaks HTTPS with the client. Everybody else learns where HTTPS is, and by which fingerprints to know the CA.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { fingerprints } from '../asa/fingerprint.js'
import type { Publication } from '../ca/authority.js'
import { CaError } from '../errors.js'
import { escapeHtml } from './html.js'
import { isLocalCall } from './loopback.js'

export interface TransportOptions {
  readonly transport: 'http' | 'https'
  readonly publication: Publication
  /** Where the HTTPS listener is reached; undefined where there is none. */
  readonly httpsUrl: string | undefined
}

/** Guards every route of the scope in which it is registered. */
export const confidentialOnly = fp<TransportOptions>(async (app, options) => {
  if (options.transport === 'https') return
  app.addHook('onRequest', async (request, reply) => {
    // `protocol` is https here only where a trusted proxy says so: Fastify judges the peer by `trustProxy`.
    if (isLocalCall(request) || request.protocol === 'https') return
    if (wantsHtml(request)) return sendPage(reply, options)
    throw httpsRequired(options)
  })
})

function httpsRequired(options: TransportOptions): CaError {
  const where =
    options.httpsUrl === undefined
      ? 'this service has no HTTPS listener (LAB_PKI_HTTPS is off), so call it from the machine itself'
      : `use ${options.httpsUrl}`
  const root = rootFingerprints(options.publication)
  const known = root === undefined ? '' : `; the root's fingerprints are SHA-256 ${root.sha256}, SHA-1 ${root.sha1}`
  return new CaError('https-required', `plain HTTP does not carry the API beyond the machine: ${where}${known}`)
}

function rootFingerprints(publication: Publication) {
  const root = publication.certificate('root')
  return root && fingerprints(root)
}

/** A browser says text/html first; no other client does. */
function wantsHtml(request: FastifyRequest): boolean {
  return (request.method === 'GET' || request.method === 'HEAD') && /^text\/html\b/i.test(request.headers.accept ?? '')
}

function sendPage(reply: FastifyReply, { publication, httpsUrl }: TransportOptions): FastifyReply {
  const name = escapeHtml(publication.caName)
  const root = rootFingerprints(publication)
  const lines = [
    '<!doctype html><html lang="en"><meta charset="utf-8">',
    `<title>${name}</title><h1>${name}</h1>`,
    httpsUrl === undefined
      ? '<p>This service has no HTTPS listener: the API can be used on the machine itself only.</p>'
      : `<p>The API and its documentation are at <a href="${escapeHtml(httpsUrl)}/docs">${escapeHtml(httpsUrl)}/docs</a>.</p>`,
    '<p>Take the root certificate from <a href="/pki/root.cer">/pki/root.cer</a> and compare its fingerprints with those that the service prints when it starts:</p>',
    root
      ? `<dl><dt>SHA-256</dt><dd><code>${root.sha256}</code></dd><dt>SHA-1</dt><dd><code>${root.sha1}</code></dd><dt>MD5, as an ASA shows it</dt><dd><code>${root.md5Asa}</code></dd></dl>`
      : '',
    '</html>\n',
  ]
  return reply.code(403).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(lines.join('\n'))
}
