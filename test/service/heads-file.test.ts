import { createHash, generateKeyPairSync } from 'node:crypto'
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readHeadLine } from '../../src/ca/audit-heads.js'
import { openDataFolder } from '../../src/service/data-folder.js'
import { appendHeads, lastHeads, openAuditKey } from '../../src/service/heads-file.js'
import { seededRandom } from '../support/fixed-world.js'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const NOW = new Date('2026-03-01T12:00:00.000Z')
const head = (sequence: number) => [{ writer: 'w', sequence, hash: Buffer.alloc(32, sequence) }]
const BEGINNING = { heads: [], remark: 'began-anew' } as const

t.test('the first line is the beginning, and lines are linked to the last whole one', async (t) => {
  const file = join(t.testdir(), 'heads.jsonl')
  const lines = () => readFileSync(file, 'utf8').split('\n').slice(0, -1)
  const read = () => lines().map((line) => readHeadLine(line, publicKey))
  await appendHeads(file, NOW, privateKey, BEGINNING, [{ heads: head(1) }])
  t.equal(statSync(file).mode & 0o777, 0o600)
  const [first = '', second = ''] = lines()
  const sha256 = (line: string) => createHash('sha256').update(line).digest('hex')
  t.match(read(), [
    { heads: [], remark: 'began-anew', previous: '0'.repeat(64) },
    { heads: head(1), remark: undefined, previous: sha256(first) },
  ])
  t.same(await lastHeads(file), { sha256: sha256(second), octets: statSync(file).size })
  truncateSync(file, statSync(file).size - 1)
  t.same(await lastHeads(file), { sha256: sha256(first), octets: first.length + 1 })
  await appendHeads(file, NOW, privateKey, BEGINNING, [{ heads: head(2), remark: 'restored' }])
  t.match(read(), [{ heads: [] }, { heads: head(2), remark: 'restored', previous: sha256(first) }])
  const before = readFileSync(file)
  await appendHeads(file, NOW, privateKey, BEGINNING, [])
  t.same(readFileSync(file), before, 'nothing to add')
})

t.test('a file without a whole line has no last one', async (t) => {
  const file = join(t.testdir(), 'heads.jsonl')
  await t.rejects(lastHeads(file), { code: 'ENOENT' })
  writeFileSync(file, '{"version":1')
  t.equal(await lastHeads(file), undefined)
})

t.test('the key is new once', async (t) => {
  const folder = await openDataFolder(join(t.testdir(), 'data'), process.getuid?.())
  const opened = await Promise.all(Array.from({ length: 5 }, (_, n) => openAuditKey(folder, 'secret', seededRandom(`${n}`))))
  t.equal(opened.filter(({ isNew }) => isNew).length, 1)
  const { key, isNew } = await openAuditKey(folder, 'secret', seededRandom('later'))
  t.equal(isNew, false)
  for (const other of opened) t.ok(other.key.equals(key))
})
