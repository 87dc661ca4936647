import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openDataFolder, openPassphrase } from '../../src/service/data-folder.js'
import { seededRandom } from '../support/fixed-world.js'

const mode = (path: string): number => statSync(path).mode & 0o777
const NOTHING = { caPassphrase: undefined, caPassphraseFile: undefined }

t.test('every path is absolute and in the folder', async (t) => {
  const path = join(t.testdir(), 'data')
  const folder = await openDataFolder(path, process.getuid?.())
  t.same(folder, {
    path,
    adminToken: join(path, 'admin-token'),
    keys: join(path, 'keys'),
    audit: {
      folder: join(path, 'audit'),
      key: join(path, 'audit', 'audit.key'),
      publicKey: join(path, 'audit', 'audit.pub'),
      heads: join(path, 'audit', 'heads.jsonl'),
    },
    https: { folder: join(path, 'https'), key: join(path, 'https', 'https.key'), certificates: join(path, 'https', 'https.pem') },
    rootPem: join(path, 'root.pem'),
    passphrase: join(path, 'ca-passphrase'),
  })
})

t.test(
  'only its owner enters the folder; root’s can be passed by the database’s user; the secrets in it by nobody',
  async (t) => {
    const base = t.testdir()
    // The strictest and the loosest umask in use: neither may change what the folders get.
    for (const umask of [0o077, 0o000]) {
      const before = process.umask(umask)
      t.teardown(() => process.umask(before))
      for (const [uid, expected] of [
        // What an ordinary user made would not be root's.
        ...(process.getuid?.() === 0 ? ([[0, 0o711]] as const) : []),
        [process.getuid?.() || 1000, 0o700],
        [undefined, 0o700],
      ] as const) {
        const folder = await openDataFolder(join(base, `${umask}`, `${uid}`), uid)
        t.equal(mode(folder.path), expected, `uid ${uid}, umask ${umask.toString(8)}`)
        for (const secret of [folder.keys, folder.audit.folder, folder.https.folder]) t.equal(mode(secret), 0o700)
      }
      process.umask(before)
    }
  },
)

t.test('a folder that is there keeps its mode and what is in it', async (t) => {
  const path = join(t.testdir({ data: { keys: { 'root.key': 'kept' } } }), 'data')
  chmodSync(path, 0o750)
  chmodSync(join(path, 'keys'), 0o700)
  chmodSync(join(path, 'keys', 'root.key'), 0o600)
  const folder = await openDataFolder(path, process.getuid?.())
  t.equal(mode(path), 0o750)
  t.equal(readFileSync(join(folder.keys, 'root.key'), 'utf8'), 'kept')
})

t.test('the operator’s passphrase goes before everything, by value and then by file', async (t) => {
  const folder = await openDataFolder(join(t.testdir(), 'data'), process.getuid?.())
  const caPassphraseFile = join(folder.path, 'mine')
  writeFileSync(caPassphraseFile, 'from the file\r\nanother line\n')
  const random = seededRandom('unused')
  t.equal(await openPassphrase(folder, { caPassphrase: 'by value', caPassphraseFile }, random), 'by value')
  t.equal(await openPassphrase(folder, { caPassphrase: undefined, caPassphraseFile }, random), 'from the file')
  t.throws(() => statSync(folder.passphrase), { code: 'ENOENT' }, 'none is made beside it')
})

t.test('a passphrase file that is missing or empty is named', async (t) => {
  const folder = await openDataFolder(join(t.testdir(), 'data'), process.getuid?.())
  const caPassphraseFile = join(folder.path, 'mine')
  const refused = {
    code: 'issuer-unavailable',
    detail: `LAB_PKI_CA_PASSPHRASE_FILE (${caPassphraseFile}) is missing or its first line is empty; put the passphrase of the CA keys there`,
  }
  const open = () => openPassphrase(folder, { caPassphrase: undefined, caPassphraseFile }, seededRandom('x'))
  await t.rejects(open(), refused, 'missing')
  writeFileSync(caPassphraseFile, '\nsecond line\n')
  await t.rejects(open(), refused, 'empty first line')
})

t.test('the first start makes a passphrase of 256 bits, every later one finds it', async (t) => {
  const folder = await openDataFolder(join(t.testdir(), 'data'), process.getuid?.())
  const made = await openPassphrase(folder, NOTHING, seededRandom('first'))
  t.equal(Buffer.from(made, 'base64url').length, 32)
  t.equal(readFileSync(folder.passphrase, 'utf8'), `${made}\n`)
  t.equal(mode(folder.passphrase), 0o600)
  t.equal(await openPassphrase(folder, NOTHING, seededRandom('second')), made)
})

t.test('a crash before the passphrase was in place leaves a draft, and the next start makes its own', async (t) => {
  const folder = await openDataFolder(join(t.testdir(), 'data'), process.getuid?.())
  mkdirSync(folder.path, { recursive: true })
  writeFileSync(join(folder.path, '.0123456789ab.new'), 'half a pass')
  const made = await openPassphrase(folder, NOTHING, seededRandom('next'))
  t.equal(readFileSync(folder.passphrase, 'utf8'), `${made}\n`)
})

t.test('of many first starts at once one makes the passphrase, and all have that one', async (t) => {
  const folder = await openDataFolder(join(t.testdir(), 'data'), process.getuid?.())
  const opened = await Promise.all(Array.from({ length: 12 }, (_, n) => openPassphrase(folder, NOTHING, seededRandom(`${n}`))))
  t.same([...new Set(opened)], [readFileSync(folder.passphrase, 'utf8').trim()])
})

t.test('an empty passphrase file is told and not replaced', async (t) => {
  const folder = await openDataFolder(join(t.testdir(), 'data'), process.getuid?.())
  writeFileSync(folder.passphrase, '', { mode: 0o600 })
  await t.rejects(openPassphrase(folder, NOTHING, seededRandom('x')), {
    code: 'issuer-unavailable',
    detail: `${folder.passphrase} is empty, and without its passphrase no key can be read: put your copy of it back; with no keys yet remove the file`,
  })
  t.equal(readFileSync(folder.passphrase, 'utf8'), '')
})

t.test('a folder that others may write to is refused, and so is a secret that others may read', async (t) => {
  const path = join(t.testdir(), 'data')
  const uid = process.getuid?.()
  const folder = await openDataFolder(path, uid)
  chmodSync(path, 0o777)
  await t.rejects(openDataFolder(path, uid), {
    code: 'issuer-unavailable',
    detail: `${path} is not trusted: others may write there (mode 0777), so that somebody else may have put there what this CA would believe; look at what is in it, then \`chmod go-w ${path}\``,
  })
  chmodSync(path, 0o711)
  chmodSync(folder.keys, 0o770)
  await t.rejects(openDataFolder(path, uid), {
    code: 'issuer-unavailable',
    detail: `${folder.keys} is not trusted: others may write there (mode 0770), so that somebody else may have put there what this CA would believe; look at what is in it, then \`chmod go-w ${folder.keys}\``,
  })
  chmodSync(folder.keys, 0o700)
  const secrets = [
    folder.adminToken,
    folder.passphrase,
    folder.audit.key,
    folder.https.key,
    join(folder.keys, 'root-0a1b2c3d4e5f6071.key'),
  ]
  for (const secret of secrets) {
    writeFileSync(secret, 'planted\n')
    chmodSync(secret, 0o640)
    await t.rejects(openDataFolder(path, uid), {
      code: 'issuer-unavailable',
      detail: `${secret} is not trusted: others may read or write it (mode 0640), so that somebody else may have put there what this CA would believe; look at what is in it, then \`chmod 600 ${secret}\``,
    })
    chmodSync(secret, 0o600)
    await openDataFolder(path, uid)
  }
})

t.test('a folder that cannot be made is named with what is in the way, and its parents are made otherwise', async (t) => {
  await t.rejects(openDataFolder('/proc/lab-pki/data', process.getuid?.()), {
    code: 'internal',
    detail: /^LAB_PKI_DATA \(\/proc\/lab-pki\/data\) cannot be made: ENOENT.*; choose a folder that this user may write to$/,
  })
  const file = join(t.testdir({ file: 'x' }), 'file')
  await t.rejects(openDataFolder(file, process.getuid?.()), { code: 'internal', detail: /EEXIST/ })
  const deep = join(t.testdir({}), 'a', 'b', 'c')
  t.equal((await openDataFolder(deep, process.getuid?.())).path, deep)
})

t.test('no new passphrase is made beside keys that an earlier one opens', async (t) => {
  const folder = await openDataFolder(join(t.testdir(), 'data'), process.getuid?.())
  writeFileSync(join(folder.keys, 'root-0011223344556677.key'), 'x', { mode: 0o600 })
  await t.rejects(openPassphrase(folder, NOTHING, seededRandom('again')), {
    code: 'issuer-unavailable',
    detail: `${folder.passphrase} is missing, and ${folder.keys} holds keys that only its passphrase opens: put your copy of it back, or set LAB_PKI_CA_PASSPHRASE_FILE`,
  })
})
