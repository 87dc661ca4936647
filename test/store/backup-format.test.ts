import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type BackupHeader, BackupReader, BackupWriter } from '../../src/store/backup-format.js'

const HEADER: BackupHeader = {
  migrations: [{ name: '0001_a', sha256: '00' }],
  tables: [
    { name: 'a', columns: ['x'] },
    { name: 'b', columns: ['y', 'z'] },
    { name: 'c', columns: ['y'] },
  ],
  sequences: { a_id_seq: '7' },
}
/** More than is read at once, with lines that look like the end marker but are not. */
const LONG = `${'row \\\\. \\\\.x 0123456789\n'.repeat(40_000)}\\\\.\n`
const ROWS: Readonly<Record<string, string>> = { a: 'one\ntwo\n', b: '', c: LONG }

async function writeBackup(t: Test): Promise<string> {
  const file = join(t.testdir({}), 'backup')
  const handle = await open(file, 'wx')
  const writer = new BackupWriter(handle)
  await writer.header(HEADER)
  for (const { name } of HEADER.tables) {
    writer.beginTable(name)
    const octets = Buffer.from(ROWS[name] ?? '')
    for (let at = 0; at < octets.length; at += 100_003) await writer.rows(octets.subarray(at, at + 100_003))
    await writer.endTable()
  }
  await writer.end()
  await handle.close()
  return file
}

async function readBackup(file: string) {
  const handle = await open(file)
  try {
    const reader = new BackupReader(handle, 'FILE')
    const header = await reader.header()
    const rows: Record<string, string> = {}
    for (const { name } of header.tables) {
      const parts: Buffer[] = []
      for await (const octets of reader.rows(name)) parts.push(octets)
      rows[name] = Buffer.concat(parts).toString()
    }
    await reader.end()
    return { header, rows }
  } finally {
    await handle.close()
  }
}

t.test('a backup reads back as what was written', async (t) => {
  t.same(await readBackup(await writeBackup(t)), { header: HEADER, rows: ROWS })
})

t.test('one octet more, less or other is found, wherever it is', async (t) => {
  const file = await writeBackup(t)
  const whole = await readFile(file)
  const rowsBegin = whole.indexOf('one\n')
  const places = [
    0,
    20,
    rowsBegin,
    rowsBegin + 3,
    rowsBegin + 8,
    rowsBegin + 9,
    whole.length >> 1,
    whole.length - 30,
    whole.length - 1,
  ]
  for (const place of places) {
    const other = Buffer.from(whole)
    other[place] = (other[place] ?? 0) ^ 0x01
    const changes = {
      changed: other,
      missing: Buffer.concat([whole.subarray(0, place), whole.subarray(place + 1)]),
      added: Buffer.concat([whole.subarray(0, place), Buffer.from('7'), whole.subarray(place)]),
      truncated: whole.subarray(0, place),
    }
    for (const [name, octets] of Object.entries(changes)) {
      await writeFile(file, octets)
      await t.rejects(readBackup(file), { name: 'BackupError' }, `${name} at ${place}`)
    }
  }
})

t.test('what is wrong is said', async (t) => {
  const file = await writeBackup(t)
  const whole = await readFile(file, 'utf8')
  const outcome = async (text: string) => {
    await writeFile(file, text)
    return readBackup(file).then(
      () => 'read',
      (error: Error) => error.message,
    )
  }
  const sentence = (why: string) => `FILE is not a whole backup: ${why}; nothing was restored, take another copy`
  t.equal(await outcome(''), sentence('it ends too early'))
  t.equal(await outcome('something else\n'), sentence('it does not begin with "lab-pki backup 1"'))
  t.equal(await outcome('lab-pki backup 1\nnull\n'), sentence('a line of JSON is not what was written'))
  t.equal(await outcome(whole.replace('one\n', 'One\n')), sentence('the rows of a do not match their checksum'))
  t.equal(await outcome(whole.slice(0, whole.indexOf('two\n') + 4)), sentence('it ends inside a table'))
  t.equal(await outcome(whole.replace('"a_id_seq":"7"', '"a_id_seq":"8"')), sentence('the file does not match its checksum'))
  t.equal(await outcome(`${whole}\n`), sentence('something stands behind its end'))
})
