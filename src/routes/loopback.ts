/** Where a call comes from, judged by the socket and never by what the caller claims. */
import type { FastifyRequest } from 'fastify'

/** Headers by which a proxy says that it speaks for somebody else. */
const FORWARDING_HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
  'via',
] as const

/** Whether both ends are this machine and nobody speaks for somebody else. */
export function isLocalCall(request: FastifyRequest): boolean {
  const { localAddress, remoteAddress } = request.socket
  return isLoopbackAddress(localAddress) && isLoopbackAddress(remoteAddress) && !isForwarded(request)
}

/** Loopback as a Host header names it, with or without a port. */
const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i

/**
 * Whether a local call also names this machine as loopback. For what is told without a token: a web page of elsewhere whose
 * name resolves to 127.0.0.1 (DNS rebinding) makes the browser here call, but cannot choose the Host header.
 */
export function isLocalCallByName(request: FastifyRequest): boolean {
  return isLocalCall(request) && LOOPBACK_HOST.test(request.headers.host ?? '')
}

/** Whether the call came through a proxy, or claims so. */
export function isForwarded(request: FastifyRequest): boolean {
  return FORWARDING_HEADERS.some((name) => request.headers[name] !== undefined)
}

/** 127.0.0.0/8, ::1, and the former as IPv6 sockets show it. */
export function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address))
}
