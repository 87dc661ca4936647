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

/** Whether the call came through a proxy, or claims so. */
export function isForwarded(request: FastifyRequest): boolean {
  return FORWARDING_HEADERS.some((name) => request.headers[name] !== undefined)
}

/** 127.0.0.0/8, ::1, and the former as IPv6 sockets show it. */
export function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address))
}
