#!/usr/bin/env node
/** The verbs by name. Only here are the environment, the clock, random octets and the console taken from the world. */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError, loadConfig } from './config.js'
import { configHelp } from './config-help.js'
import { CaError } from './errors.js'
import { createLog, openLogger } from './service/log.js'
import { UsageError } from './verbs/arguments.js'
import { AUDIT_USAGE, auditVerb } from './verbs/audit.js'
import { BACKUP_USAGE, backupVerb, RESTORE_USAGE, restoreVerb } from './verbs/backup.js'
import type { VerbContext } from './verbs/context.js'
import { migrateVerb } from './verbs/migrate.js'
import { openapiVerb } from './verbs/openapi.js'
import { ROOT_USAGE, rootVerb } from './verbs/root.js'
import { serveVerb } from './verbs/serve.js'
import { TOKEN_USAGE, tokenVerb } from './verbs/token.js'

type Verb = (context: VerbContext, words: readonly string[]) => Promise<void>

const VERBS: Readonly<Record<string, { readonly run: Verb; readonly usage: string }>> = {
  serve: { run: serveVerb, usage: 'serve (the default): makes the CA at the first start, serves until stopped' },
  token: { run: tokenVerb, usage: TOKEN_USAGE },
  backup: { run: backupVerb, usage: BACKUP_USAGE },
  restore: { run: restoreVerb, usage: RESTORE_USAGE },
  root: { run: rootVerb, usage: ROOT_USAGE },
  audit: { run: auditVerb, usage: AUDIT_USAGE },
  migrate: { run: migrateVerb, usage: 'migrate: brings the database to the newest schema and ends' },
  openapi: { run: openapiVerb, usage: 'openapi: writes openapi/openapi.json' },
}

function help(): string {
  const verbs = Object.values(VERBS).map((verb) => `  npm start -- ${verb.usage}`)
  return `lab-pki: a certification authority for people who run Cisco VPNs\n\n${verbs.join('\n')}\n\nSettings (environment variables):\n\n${configHelp()}\n`
}

async function main(words: readonly string[]): Promise<void> {
  const [name = 'serve', ...rest] = words
  if (name === '--help' || name === '-h' || name === 'help' || rest.includes('--help')) {
    process.stdout.write(help())
    return
  }
  const verb = VERBS[name]
  if (!verb) throw new UsageError(`there is no verb ${name}; there are ${Object.keys(VERBS).join(', ')} (--help says more)`)
  const config = loadConfig(process.env)
  const logger = openLogger(config.logLevel)
  await verb.run(
    {
      config,
      clock: () => new Date(),
      monotonic: () => performance.now(),
      random: randomBytes,
      uid: process.getuid?.(),
      pid: process.pid,
      hostname: hostname(),
      programFolder: join(dirname(fileURLToPath(import.meta.url)), '..'),
      print: (line) => void process.stdout.write(`${line}\n`),
      say: (line) => void process.stderr.write(`${line}\n`),
      logger,
      log: createLog(logger),
      onStop: (callback) => {
        process.once('SIGINT', callback)
        process.once('SIGTERM', callback)
      },
    },
    rest,
  )
}

/** For a wrong call or setting; anything else ends with 1. */
const EXIT_USAGE = 2

main(process.argv.slice(2)).catch((error: unknown) => {
  const expected = error instanceof UsageError || error instanceof ConfigError || error instanceof CaError
  const known = expected || (error instanceof Error && (error.name === 'MigrationError' || error.name === 'BackupError'))
  const text =
    error instanceof CaError ? error.detail : error instanceof Error ? (known ? error.message : error.stack) : String(error)
  process.stderr.write(`lab-pki: ${text}\n`)
  process.exitCode = error instanceof UsageError || error instanceof ConfigError ? EXIT_USAGE : 1
})
