/** The issuers' private keys as encrypted files: PKCS#8 with PBES2, one file a key, named by its public key. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyCabinet, StoredKey } from '../ca/bootstrap.js'
import { decryptKey, encryptKey } from '../ca/key-file.js'
import type { IssuerSlug, RandomBytes } from '../ca/ports.js'
import { CaError } from '../errors.js'
import { makeSecretFolder, syncFolder, writeDurably } from './secret-file.js'

/** `root-0a1b2c3d4e5f6071.key`; with `.new` while no durable issuer row refers to it. */
const KEY_FILE = /^(root|ca)-([0-9a-f]{16})\.key(\.new)?$/

/** @param folder made on first use, 0700. @param passphrase decrypts every file in it. */
export function createKeyCabinet(folder: string, passphrase: string, random: RandomBytes): KeyCabinet {
  async function list(): Promise<readonly StoredKey[]> {
    await makeSecretFolder(folder)
    const keys: StoredKey[] = []
    for (const name of (await readdir(folder)).sort()) {
      const match = KEY_FILE.exec(name)
      if (!match) continue
      const file = join(folder, name)
      const key = decryptKeyFile(file, await readFile(file), passphrase)
      keys.push({ slug: match[1] === 'root' ? 'root' : 'ca', key, settled: match[3] === undefined, file })
    }
    return keys
  }

  async function add(slug: IssuerSlug, key: KeyObject): Promise<StoredKey> {
    await makeSecretFolder(folder)
    const file = join(folder, `${keyFileName(slug, key)}.new`)
    await writeDurably(file, encryptKey(key, passphrase, random))
    return { slug, key, settled: false, file }
  }

  async function settle(stored: StoredKey): Promise<void> {
    await rename(stored.file, stored.file.replace(/\.new$/, ''))
    await syncFolder(folder)
  }

  return { list, add, settle }
}

/** The name under which a key lies in the folder: who it is for, and the first 64 bits of its public key's SHA-256. */
export function keyFileName(slug: IssuerSlug, key: KeyObject): string {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return `${slug}-${createHash('sha256').update(spki).digest('hex').slice(0, 16)}.key`
}

/** @throws CaError `issuer-unavailable` that names the file, for a wrong passphrase and for a damaged file. */
export function decryptKeyFile(file: string, pem: Buffer, passphrase: string): KeyObject {
  try {
    return decryptKey(pem, passphrase)
  } catch (cause) {
    throw new CaError(
      'issuer-unavailable',
      `${file} cannot be decrypted: check LAB_PKI_CA_PASSPHRASE_FILE, or put the passphrase file of this CA back`,
      { cause },
    )
  }
}
