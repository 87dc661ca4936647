/** Public files that browsers, proxies and verifiers may keep: ETag, 304, lifetime. */
import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface PublicFile {
  readonly contentType: string
  readonly body: Buffer
  /** For how long it may be kept, in seconds. */
  readonly maxAgeSeconds: number
}

/** CA certificates change once in years; an hour is short enough to learn of it on the same day. */
export const CERTIFICATE_MAX_AGE_SECONDS = 3600

/** Octets of the hash in an ETag: nobody forges one, they only must differ. */
const ETAG_OCTETS = 16

/** Answers with the file, or with 304 where the caller has it. */
export function sendPublicFile(request: FastifyRequest, reply: FastifyReply, file: PublicFile): FastifyReply {
  const etag = `"${createHash('sha256')
    .update(file.body)
    .digest('hex')
    .slice(0, 2 * ETAG_OCTETS)}"`
  reply.header('etag', etag).header('cache-control', `public, max-age=${Math.max(0, Math.floor(file.maxAgeSeconds))}`)
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send()
  return reply.type(file.contentType).send(file.body)
}

/** If-None-Match compares weakly (RFC 9110, 13.1.2). */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}
