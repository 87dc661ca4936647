// `npm run bench`: starts the real server on a fresh data folder, loads it over HTTP, and prints every figure beside the
// machine's own limits measured in the same run. Figures are ratios to be compared within one run, not across machines.
import { spawn } from 'node:child_process'
import { generateKeyPairSync, sign, webcrypto } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { cpus, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { buildCsr } from '../dist/ca/build-csr.js'
import { parseDistinguishedName } from '../dist/ca/name.js'
import { findRunningPostgres } from '../dist/postgres/embedded.js'
import { load, percentile } from './load.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const SECONDS = Number(process.env.BENCH_SECONDS ?? 4)
const CONCURRENCIES = [1, 16, 64]
const DISTINCT_REQUESTS = 16
const generate = promisify((await import('node:crypto')).generateKeyPair)
const signAsync = promisify(sign)

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function startService(keyType) {
  const data = mkdtempSync(join(tmpdir(), 'lab-pki-bench-'))
  const port = await freePort()
  const child = spawn(process.execPath, [join(root, 'dist/main.js')], {
    env: {
      ...process.env,
      LAB_PKI_DATA: data,
      LAB_PKI_HTTP: `127.0.0.1:${port}`,
      LAB_PKI_CA_KEY_TYPE: keyType,
      LAB_PKI_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve, reject) => {
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
      if (said.includes('/v1/requests')) resolve()
    })
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}`)))
  })
  return {
    data,
    port,
    token: readFileSync(join(data, 'admin-token'), 'utf8').trim(),
    database: await findRunningPostgres(data),
    async stop() {
      child.removeAllListeners('exit')
      child.kill('SIGTERM')
      await new Promise((resolve) => child.once('exit', resolve))
      rmSync(data, { recursive: true, force: true })
    },
  }
}

async function csrs(kind) {
  const pairs = await Promise.all(
    Array.from({ length: DISTINCT_REQUESTS }, () =>
      kind === 'rsa-2048' ? generate('rsa', { modulusLength: 2048 }) : generate('ec', { namedCurve: 'prime256v1' }),
    ),
  )
  return pairs.map(({ privateKey }, i) => {
    const name = `vpn${i}.lab.example`
    return buildCsr({
      subject: parseDistinguishedName(`CN=${name},O=Lab`),
      privateKey,
      subjectAltNames: [{ type: 'dns', value: name }],
    })
  })
}

function httpRequests(service, bodies) {
  return bodies.map((der) => {
    const body = Buffer.from(
      `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE REQUEST-----\n`,
    )
    const head = `POST /v1/requests?template=WebServer HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${service.token}\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n`
    return Buffer.concat([Buffer.from(head), body])
  })
}

/** Raw signatures a second through the thread pool, as many under way as would keep both cores busy. */
async function signatureLimit(keyType) {
  const { privateKey } =
    keyType === 'p256'
      ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const bytes = webcrypto.getRandomValues(new Uint8Array(900))
  let count = 0
  const until = Date.now() + 1500
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (Date.now() < until) {
        await signAsync('sha256', bytes, privateKey)
        count++
      }
    }),
  )
  return count / 1.5
}

/** Durable commits of one small row a second: alone, and by 16 connections at once. */
async function commitLimit(database, connections) {
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new pg.Client(database)
      await client.connect()
      return client
    }),
  )
  await clients[0].query('create table if not exists bench_rows (id bigint generated always as identity, octets bytea)')
  const row = Buffer.alloc(1000, 7)
  let count = 0
  const until = Date.now() + 1500
  await Promise.all(
    clients.map(async (client) => {
      while (Date.now() < until) {
        await client.query({ name: 'row', text: 'insert into bench_rows (octets) values ($1)', values: [row] })
        count++
      }
    }),
  )
  await clients[0].query('drop table bench_rows')
  await Promise.all(clients.map((client) => client.end()))
  return count / 1.5
}

const round = (n) => (n < 10 ? n.toFixed(2) : Math.round(n).toString())
const results = {
  at: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  memoryBytes: totalmem(),
  runs: [],
}
console.log(`${results.cpu}, ${results.cores} cores, Node ${results.node}\n`)

for (const keyType of ['p256', 'rsa-2048']) {
  const service = await startService(keyType)
  try {
    const limits = {
      signatures: await signatureLimit(keyType),
      commitsAlone: await commitLimit(service.database, 1),
      commits16: await commitLimit(service.database, 16),
    }
    console.log(
      `${keyType} CA; this machine: ${round(limits.signatures)} signatures/s, ${round(limits.commitsAlone)} commits/s alone, ${round(limits.commits16)} commits/s from 16 connections`,
    )
    for (const csrKind of ['rsa-2048', 'p256']) {
      const requests = httpRequests(service, await csrs(csrKind))
      await load({ host: '127.0.0.1', port: service.port, requests, concurrency: 16, total: 500 })
      for (const concurrency of CONCURRENCIES) {
        const probe = await load({ host: '127.0.0.1', port: service.port, requests, concurrency, total: 200 })
        const total = Math.max(200, Math.round(probe.perSecond * SECONDS))
        const run = await load({ host: '127.0.0.1', port: service.port, requests, concurrency, total })
        const bad = Object.entries(run.statuses).filter(([status]) => status !== '201')
        if (bad.length > 0) throw new Error(`answers other than 201: ${JSON.stringify(run.statuses)}`)
        const figures = {
          keyType,
          csrKind,
          concurrency,
          perSecond: run.perSecond,
          p50: percentile(run.latencies, 0.5),
          p99: percentile(run.latencies, 0.99),
          perSignature: run.perSecond / limits.signatures,
          perCommitAlone: run.perSecond / limits.commitsAlone,
        }
        results.runs.push({ ...figures, limits })
        console.log(
          `  ${csrKind.padEnd(8)} CSRs, ${String(concurrency).padStart(2)} at once: ${round(figures.perSecond).padStart(5)} certificates/s, p50 ${round(figures.p50)} ms, p99 ${round(figures.p99)} ms; ${figures.perSignature.toFixed(2)} of the signatures, ${figures.perCommitAlone.toFixed(2)} of the lone commits`,
        )
      }
    }
  } finally {
    await service.stop()
  }
}
mkdirSync(join(root, 'bench', 'results'), { recursive: true })
writeFileSync(join(root, 'bench', 'results', 'latest.local.json'), `${JSON.stringify(results, null, 2)}\n`)
