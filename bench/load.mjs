// A load generator over plain sockets: cheap enough that on two cores the server, not the client, sets the pace.
// Each connection sends its next request when the answer to the last one is whole (closed loop).
import { connect } from 'node:net'

/**
 * @param options.requests whole HTTP/1.1 requests as Buffers, used in turn
 * @returns per-second rate, latencies in ms (sorted), and the count of answers by status
 */
export async function load({ host, port, requests, concurrency, total }) {
  const latencies = []
  const statuses = new Map()
  let sent = 0
  const started = process.hrtime.bigint()

  async function worker() {
    const socket = connect({ host, port, noDelay: true })
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const answer = answers(socket)
    while (sent < total) {
      const request = requests[sent++ % requests.length]
      const at = process.hrtime.bigint()
      socket.write(request)
      const status = await answer()
      latencies.push(Number(process.hrtime.bigint() - at) / 1e6)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    socket.destroy()
  }

  await Promise.all(Array.from({ length: concurrency }, worker))
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  latencies.sort((a, b) => a - b)
  return { perSecond: latencies.length / seconds, latencies, statuses: Object.fromEntries(statuses) }
}

/** Reads one answer after the other off a socket: head, then Content-Length octets. */
function answers(socket) {
  let buffered = Buffer.alloc(0)
  let waiting
  const next = () => {
    if (!waiting) return
    const end = buffered.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = buffered.toString('latin1', 0, end)
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
    if (buffered.length < end + 4 + length) return
    buffered = buffered.subarray(end + 4 + length)
    const { resolve } = waiting
    waiting = undefined
    resolve(Number(head.slice(9, 12)))
  }
  socket.on('data', (chunk) => {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk])
    next()
  })
  socket.on('error', (error) => waiting?.reject(error))
  socket.on('close', () => waiting?.reject(new Error('the server closed the connection')))
  return () =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject }
      next()
    })
}

/** The latency below which a part of the answers came. */
export function percentile(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}
