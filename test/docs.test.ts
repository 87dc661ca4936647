/** What the docs show is run: every shell line of README and of the ASA admin's page, against the real service. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { configMarkdown } from '../src/config-help.js'
import { reportMissing } from './support/second-reader.js'
import { adminToken, dataFolder, PROGRAM, startService } from './support/service.js'

const read = (file: string) => readFileSync(join(PROGRAM, file), 'utf8')

/** The ```sh blocks of a page that call the service; those that start it are run by other tests. */
function callBlocks(file: string): string[] {
  return [...read(file).matchAll(/```sh\n([\s\S]*?)```/g)]
    .map((match) => match[1] ?? '')
    .filter((block) => block.includes('curl '))
}

const hasCurl = (): boolean => {
  try {
    execFileSync('curl', ['--version'])
    return true
  } catch {
    return false
  }
}

t.test('every curl line of the docs works as it stands', async (t) => {
  if (!hasCurl()) {
    reportMissing(t, { program: 'curl', package: 'curl' })
    return
  }
  const data = dataFolder(t)
  const service = await startService(t, data)
  const folder = dataFolder(t)
  for (const file of ['README.md', 'docs/asa.md']) {
    for (const [i, block] of callBlocks(file).entries()) {
      const script = block
        .replaceAll('http://127.0.0.1:8080', service.httpUrl)
        .replaceAll('lab-pki-data/admin-token', join(data, 'admin-token'))
        .replaceAll('@examples/', `@${join(PROGRAM, 'examples')}/`)
        .replaceAll('curl -sS', 'curl -sS --fail-with-body')
      const out = execFileSync('sh', ['-euc', script], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, API: service.httpUrl, TOKEN: adminToken(data) },
      })
      t.match(out, /\S/, `${file}, block ${i + 1}`)
      t.notMatch(out, /"status":[45]\d\d/, `${file}, block ${i + 1}: no problem`)
    }
  }
  const { stderr } = service.output()
  t.notMatch(stderr, adminToken(data), 'the log of the whole run holds no token')
  t.notMatch(stderr, /lpk_/, 'nor the beginning of one')
  t.notMatch(stderr, /BEGIN [A-Z ]*PRIVATE KEY|BEGIN CERTIFICATE REQUEST/, 'nor a key or a paste')
})

t.test("README's table of settings is the program's", async (t) => {
  const table = /<!-- settings -->\n([\s\S]*?)<!-- \/settings -->/.exec(read('README.md'))?.[1]
  t.equal(table, configMarkdown())
})

t.test('every link between the pages leads somewhere', async (t) => {
  const pages = [
    'README.md',
    'ARCHITECTURE.md',
    'CHANGELOG.md',
    ...readdirSync(join(PROGRAM, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((f) => f.endsWith('.md'))
      .map((f) => `docs/${f}`),
  ]
  for (const page of pages) {
    for (const match of read(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
      t.ok(existsSync(join(PROGRAM, dirname(page), match[1] ?? '')), `${page}: ${match[1]}`)
    }
  }
})
