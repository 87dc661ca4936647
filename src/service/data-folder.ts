/** LAB_PKI_DATA: which file lies where, and the secrets that are made at the first start. */
import { join, resolve } from 'node:path'
import type { RandomBytes } from '../ca/ports.js'
import { makeSecretFolder, readIfThere, writeDurably } from './secret-file.js'

/** 256 bits: the passphrase is read by programs only, so nothing speaks for a shorter one. */
const PASSPHRASE_OCTETS = 32

export interface DataFolder {
  /** Absolute path. */
  readonly path: string
  /** The first admin token; may be deleted once it is kept elsewhere. */
  readonly adminToken: string
  readonly keys: string
  readonly audit: { readonly folder: string; readonly key: string; readonly publicKey: string; readonly heads: string }
  readonly https: { readonly folder: string; readonly key: string; readonly certificates: string }
  /** The root certificate in PEM, for `curl --cacert`. */
  readonly rootPem: string
  readonly passphrase: string
}

export async function openDataFolder(path: string): Promise<DataFolder> {
  const at = (...names: string[]) => join(resolve(path), ...names)
  const folder: DataFolder = {
    path: at(),
    adminToken: at('admin-token'),
    keys: at('keys'),
    audit: {
      folder: at('audit'),
      key: at('audit', 'audit.key'),
      publicKey: at('audit', 'audit.pub'),
      heads: at('audit', 'heads.jsonl'),
    },
    https: { folder: at('https'), key: at('https', 'https.key'), certificates: at('https', 'https.pem') },
    rootPem: at('root.pem'),
    passphrase: at('ca-passphrase'),
  }
  for (const each of [folder.path, folder.keys, folder.audit.folder, folder.https.folder]) await makeSecretFolder(each)
  return folder
}

/** The passphrase of the key files: the operator's, else the one made at the first start. */
export async function openPassphrase(folder: DataFolder, given: string | undefined, random: RandomBytes): Promise<string> {
  if (given !== undefined) return given
  const kept = await readIfThere(folder.passphrase)
  if (kept) return kept
  const fresh = random(PASSPHRASE_OCTETS).toString('base64url')
  await writeDurably(folder.passphrase, `${fresh}\n`)
  return fresh
}
