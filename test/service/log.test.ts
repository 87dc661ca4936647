import { Writable } from 'node:stream'
import { pino, symbols } from 'pino'
import t from 'tap'
import { CaError } from '../../src/errors.js'
import { createLog, openLogger } from '../../src/service/log.js'

function captured(level: string) {
  const lines: unknown[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()))
      done()
    },
  })
  return { lines, log: createLog(pino({ level, base: null, timestamp: false }, sink)) }
}

t.test('an entry is one line of JSON with level, message and details', async (t) => {
  const { lines, log } = captured('debug')
  log('info', 'stopping')
  log('warn', 'late', { issuer: 'root', minutes: 3 })
  t.same(lines, [
    { level: 30, msg: 'stopping' },
    { level: 40, issuer: 'root', minutes: 3, msg: 'late' },
  ])
})

t.test('an error shows name and message, and nothing of its cause or stack', async (t) => {
  const { lines, log } = captured('debug')
  const cause = new Error('-----BEGIN PRIVATE KEY-----')
  log('error', 'failed', { error: new CaError('issuer-unavailable', 'the key is not here', { cause }), why: new TypeError('x') })
  t.same(lines, [{ level: 50, error: 'CaError: issuer-unavailable: the key is not here', why: 'TypeError: x', msg: 'failed' }])
})

t.test('what is below the level is not written', async (t) => {
  const { lines, log } = captured('warn')
  log('debug', 'not this')
  log('info', 'nor this')
  log('warn', 'this')
  t.same(lines, [{ level: 40, msg: 'this' }])
})

t.test('the process’s logger has the level asked for and writes to stderr', async (t) => {
  const logger = openLogger('warn')
  t.equal(logger.level, 'warn')
  const stream: unknown = Reflect.get(logger, symbols.streamSym)
  t.match(stream, { fd: 2, sync: true })
})
