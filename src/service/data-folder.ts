/** LAB_PKI_DATA: which file lies where, and the secrets that are made at the first start. */
import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { RandomBytes } from '../ca/ports.js'
import { CaError } from '../errors.js'
import { checkFolder, checkSecretFile, checkSecretFiles } from './file-trust.js'
import { createDurably, makeSecretFolder, readIfThere, SECRET_FOLDER_MODE } from './secret-file.js'

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

/** Root's folder may be entered, not listed: the database in it runs as another user. Every secret is a file of 0600. */
const ROOT_FOLDER_MODE = 0o711

/**
 * Makes what is missing of the folder, and refuses one in which somebody else may have planted a secret.
 * @param uid of the process; undefined where the platform has none. @throws CaError `issuer-unavailable`.
 */
export async function openDataFolder(path: string, uid: number | undefined): Promise<DataFolder> {
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
  const mode = uid === 0 ? ROOT_FOLDER_MODE : SECRET_FOLDER_MODE
  // A new folder gets its mode whatever the umask; one that was there keeps what its owner chose.
  if (await makeDataFolder(folder.path, mode)) await chmod(folder.path, mode)
  await checkFolder(folder.path, uid)
  for (const each of [folder.keys, folder.audit.folder, folder.https.folder]) {
    await makeSecretFolder(each)
    await checkFolder(each, uid)
  }
  for (const each of [folder.adminToken, folder.passphrase, folder.audit.key, folder.https.key]) await checkSecretFile(each, uid)
  await checkSecretFiles(folder.keys, uid)
  return folder
}

/** Whether it had to be made. @throws CaError `internal` naming the setting, the folder and what is in the way. */
async function makeDataFolder(path: string, mode: number): Promise<boolean> {
  try {
    return await makeFolderAndParents(path, mode)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CaError(
      'internal',
      `LAB_PKI_DATA (${path}) cannot be made: ${reason}; choose a folder that this user may write to`,
      { cause },
    )
  }
}

/** Not `mkdir` with `recursive`: on file systems that refuse new folders, such as /proc, Node 20 never comes back from it. */
async function makeFolderAndParents(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode })
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return false
    const parent = dirname(path)
    if (code !== 'ENOENT' || parent === path || (await isThere(parent))) throw error
    await makeFolderAndParents(parent, mode)
    return makeFolderAndParents(path, mode)
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/**
 * The passphrase of the key files: the operator's, by value or by file, else the one made at the first start.
 * @throws CaError `issuer-unavailable` for a file that is missing or empty.
 */
export async function openPassphrase(
  folder: DataFolder,
  given: { readonly caPassphrase: string | undefined; readonly caPassphraseFile: string | undefined },
  random: RandomBytes,
): Promise<string> {
  if (given.caPassphrase !== undefined) return given.caPassphrase
  if (given.caPassphraseFile !== undefined) {
    const [line] = ((await readIfThere(given.caPassphraseFile)) ?? '').split(/\r?\n/)
    if (line) return line
    throw new CaError(
      'issuer-unavailable',
      `LAB_PKI_CA_PASSPHRASE_FILE (${given.caPassphraseFile}) is missing or its first line is empty; put the passphrase of the CA keys there`,
    )
  }
  if ((await readIfThere(folder.passphrase)) === undefined && (await readdir(folder.keys)).length > 0) {
    throw new CaError(
      'issuer-unavailable',
      `${folder.passphrase} is missing, and ${folder.keys} holds keys that only its passphrase opens: put your copy of it back, or set LAB_PKI_CA_PASSPHRASE_FILE`,
    )
  }
  // Never replaced: whoever made keys with the one that is there would lose them. Of two first starts one makes it.
  await createUnlessThere(folder.passphrase, () => `${random(PASSPHRASE_OCTETS).toString('base64url')}\n`)
  const kept = await readIfThere(folder.passphrase)
  if (kept) return kept
  throw new CaError(
    'issuer-unavailable',
    `${folder.passphrase} is empty, and without its passphrase no key can be read: put your copy of it back; with no keys yet remove the file`,
  )
}

async function createUnlessThere(path: string, make: () => string): Promise<void> {
  if ((await readIfThere(path)) === undefined) await createDurably(path, make())
}
