import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createKeyCabinet, decryptKeyFile, keyFileName } from '../../src/service/key-cabinet.js'
import { seededRandom } from '../support/fixed-world.js'
import { OPENSSL, runReader } from '../support/second-reader.js'

const key = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
const fingerprint = createHash('sha256')
  .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
  .digest('hex')
const random = seededRandom('cabinet')

t.test('a key lies encrypted under the name of its public key, unsettled until it is settled', async (t) => {
  const folder = join(t.testdir(), 'keys')
  const cabinet = createKeyCabinet(folder, 'correct horse', random)
  t.same(await cabinet.list(), [], 'the folder is made')
  t.equal(statSync(folder).mode & 0o777, 0o700)
  const name = `root-${fingerprint.slice(0, 16)}.key`
  t.equal(keyFileName('root', key), name)

  const added = await cabinet.add('root', key)
  t.match(added, { slug: 'root', settled: false, file: join(folder, `${name}.new`) })
  t.same(readdirSync(folder), [`${name}.new`])
  t.equal(statSync(added.file).mode & 0o777, 0o600)
  t.match(readFileSync(added.file, 'latin1'), /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)

  const [left] = await cabinet.list()
  t.match(left, { slug: 'root', settled: false }, 'a crash now leaves it for the next start')
  if (!left) throw new Error('no key')
  t.ok(left.key.equals(key))
  await cabinet.settle(left)
  t.same(readdirSync(folder), [name])
  const [settled] = await cabinet.list()
  t.match(settled, { slug: 'root', settled: true, file: join(folder, name) })
})

t.test('openssl decrypts the file with the same passphrase', async (t) => {
  const cabinet = createKeyCabinet(join(t.testdir(), 'keys'), 'correct horse', random)
  const { file } = await cabinet.add('ca', key)
  const read = runReader(t, OPENSSL, ['pkey', '-in', file, '-passin', 'pass:correct horse', '-pubout'])
  if (read) t.equal(read.stdout, createPublicKey(key).export({ type: 'spki', format: 'pem' }))
})

t.test('several keys are listed by name, and what is no key file is passed over', async (t) => {
  const folder = join(t.testdir(), 'keys')
  const cabinet = createKeyCabinet(folder, 'correct horse', random)
  await cabinet.settle(await cabinet.add('root', key))
  await cabinet.add('ca', generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey)
  // A draft that a crash left, a person's notes, a folder.
  writeFileSync(join(folder, '.0123456789ab.new'), 'half a key')
  writeFileSync(join(folder, 'README.txt'), 'keep this folder')
  mkdirSync(join(folder, 'old'))
  t.same(
    (await cabinet.list()).map(({ slug, settled }) => [slug, settled]),
    [
      ['ca', false],
      ['root', true],
    ],
  )
})

t.test('a wrong passphrase and a damaged file name the file and the setting', async (t) => {
  const folder = join(t.testdir(), 'keys')
  const { file } = await createKeyCabinet(folder, 'correct horse', random).add('root', key)
  const refused = {
    code: 'issuer-unavailable',
    detail: `${file} cannot be decrypted: check LAB_PKI_CA_PASSPHRASE_FILE, or put the passphrase file of this CA back`,
  }
  await t.rejects(createKeyCabinet(folder, 'wrong horse', random).list(), refused)
  writeFileSync(file, readFileSync(file, 'latin1').slice(0, 200))
  await t.rejects(createKeyCabinet(folder, 'correct horse', random).list(), refused)
  t.throws(() => decryptKeyFile(file, Buffer.from('no key'), 'correct horse'), refused)
})
