/** `root export-key|sign-crl|import-crl`: for a two-tier CA whose root key is kept apart from the service. */
import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { buildCrl } from '../ca/crl.js'
import { createIssuer, type Issuer } from '../ca/issuer.js'
import { decryptKey, encryptKey } from '../ca/key-file.js'
import { parsePemBlocks, pem } from '../ca/pem.js'
import type { IssuerRecord } from '../ca/ports.js'
import { crlDates, nextCrlNumber, OFFLINE_ROOT_SCHEDULE } from '../ca/publication.js'
import { acceptCrl } from '../ca/read-crl.js'
import { signerFromKey } from '../ca/signer.js'
import { CaError } from '../errors.js'
import { openDataFolder } from '../service/data-folder.js'
import { createKeyCabinet, keyFileName } from '../service/key-cabinet.js'
import { makeSecretFolder, syncFolder, writeDurably } from '../service/secret-file.js'
import { type ParsedWords, parseWords, UsageError } from './arguments.js'
import type { VerbContext } from './context.js'
import { withWriter } from './writer.js'

export const ROOT_USAGE =
  'root export-key FOLDER --passphrase-file FILE | root sign-crl --key FILE --passphrase-file FILE --certificate FILE --out FILE [--number N] | root import-crl FILE'

/** What everybody may read. */
const PUBLIC_MODE = 0o644

export async function rootVerb(context: VerbContext, words: readonly string[]): Promise<void> {
  const [action, ...rest] = words
  const given = parseWords(rest, { one: ['passphrase-file', 'key', 'certificate', 'out', 'number'] }, ROOT_USAGE)
  if (action === 'export-key') return exportKey(context, given)
  if (action === 'sign-crl') return signCrl(context, given)
  if (action === 'import-crl') return importCrl(context, given)
  throw new UsageError(`root takes export-key, sign-crl or import-crl\nusage: ${ROOT_USAGE}`)
}

/** Writes the root's key, encrypted anew, and its certificate to a folder (a USB stick, say), and takes the key away from here. */
async function exportKey(context: VerbContext, given: ParsedWords): Promise<void> {
  const target = resolve(positional(given, 'FOLDER'))
  const passphrase = await secretLine(needed(given, 'passphrase-file'))
  await withWriter(context, async (writer) => {
    const records = await writer.register.listIssuers()
    const root = activeRoot(records)
    if (!records.some((record) => record.slug === 'ca' && record.state === 'active')) {
      throw new CaError(
        'issuer-unavailable',
        'this CA has one tier: its root issues certificates, so that its key must stay here',
      )
    }
    const folder = await openDataFolder(context.config.data, context.uid)
    const cabinet = createKeyCabinet(folder.keys, writer.passphrase, context.random)
    const stored = (await cabinet.list()).find((key) => sha256(signerFromKey(key.key).spkiDer).equals(root.spkiSha256))
    if (!stored) throw new CaError('issuer-unavailable', 'the key of the root is not here; it was exported before')
    // Step 1: the copy, read back from the disk before anything is taken away.
    await makeSecretFolder(target)
    const file = join(target, keyFileName('root', stored.key))
    await writeDurably(file, encryptKey(stored.key, passphrase, context.random))
    await writeDurably(join(target, 'root.pem'), pem('CERTIFICATE', root.certificateDer), PUBLIC_MODE)
    if (!decryptKey(await readFile(file), passphrase).equals(stored.key)) throw new Error(`${file} does not hold the key`)
    // Step 2: the event, then the original. A crash between the two leaves both copies, and the verb can be run again.
    const event = {
      at: context.clock(),
      actor: 'root verb',
      action: 'issuer.key-exported',
      object: 'root',
      detail: { file: keyFileName('root', stored.key) },
    }
    await writer.ledger.commit(event, { kind: 'none' })
    await rm(stored.file)
    await syncFolder(folder.keys)
    context.say(`the root's key is in ${file} and no longer here; restart the service, which holds it in memory until then`)
  })
}

/** Signs an empty CRL of twelve months where the key is. Needs neither database nor service. */
async function signCrl(context: VerbContext, given: ParsedWords): Promise<void> {
  const passphrase = await secretLine(needed(given, 'passphrase-file'))
  const signer = signerFromKey(decryptKey(await readFile(needed(given, 'key')), passphrase))
  const certificateDer = await readBlock(needed(given, 'certificate'), 'CERTIFICATE')
  const record: IssuerRecord = {
    id: 0,
    slug: 'root',
    state: 'active',
    certificateDer,
    spkiSha256: Buffer.alloc(0),
    createdAt: context.clock(),
  }
  const issuer = createIssuer(record, signer, context.config.publicUrl)
  const number =
    given.one('number') === undefined ? nextCrlNumber(undefined, context.clock()) : numberOf(given.one('number') ?? '')
  const schedule = { ...OFFLINE_ROOT_SCHEDULE, backdateMs: context.config.backdateSeconds * 1000 }
  const dates = crlDates(context.clock(), schedule, issuer.notBefore)
  const out = needed(given, 'out')
  await writeDurably(out, pem('X509 CRL', await buildCrl({ issuer, number, ...dates, entries: [] })), PUBLIC_MODE)
  context.say(
    `${out}: CRL ${number} of the root, valid until ${dates.nextUpdate.toISOString()}; bring it to the service with \`root import-crl\``,
  )
}

async function importCrl(context: VerbContext, given: ParsedWords): Promise<void> {
  const crlDer = await readBlock(positional(given, 'FILE'), 'X509 CRL')
  await withWriter(context, async ({ register, ledger }) => {
    const record = activeRoot(await register.listIssuers())
    const issuer: Issuer = createIssuer(record, undefined, context.config.publicUrl)
    const crl = acceptCrl(crlDer, issuer, await register.latestCrl(record.id), context.clock())
    const detail = { number: crl.number.toString(), nextUpdate: crl.nextUpdate.toISOString() }
    await ledger.commit(
      { at: context.clock(), actor: 'root verb', action: 'crl.imported', object: 'root', detail },
      { kind: 'crlPublished', crl },
    )
    context.say(`CRL ${crl.number} is published; a running service serves it within a minute`)
  })
}

function activeRoot(records: readonly IssuerRecord[]): IssuerRecord {
  const root = records.find((record) => record.slug === 'root' && record.state === 'active')
  if (!root) throw new CaError('issuer-unavailable', 'the database knows no root: start the service once')
  return root
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()

/** A DER or PEM file of one object. */
async function readBlock(file: string, label: string): Promise<Buffer> {
  const bytes = await readFile(file)
  if (bytes[0] === 0x30) return bytes
  const block = parsePemBlocks(bytes.toString('latin1')).find((found) => found.label === label)
  if (!block) throw new UsageError(`${file} holds no ${label}, neither in PEM nor in DER`)
  return block.der
}

async function secretLine(file: string): Promise<string> {
  const [line = ''] = (await readFile(file, 'utf8')).split(/\r?\n/)
  if (line === '') throw new UsageError(`the first line of ${file} is empty; it must be the passphrase`)
  return line
}

function numberOf(text: string): bigint {
  if (!/^\d{1,40}$/.test(text)) throw new UsageError(`--number (${text}) must be a whole number`)
  return BigInt(text)
}

function needed(given: ParsedWords, name: string): string {
  const value = given.one(name)
  if (value === undefined) throw new UsageError(`--${name} is missing\nusage: ${ROOT_USAGE}`)
  return value
}

function positional(given: ParsedWords, what: string): string {
  const [value] = given.positionals
  if (value === undefined || given.positionals.length > 1) throw new UsageError(`give one ${what}\nusage: ${ROOT_USAGE}`)
  return value
}
