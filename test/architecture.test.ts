/** The import table of ARCHITECTURE.md, the mirrored tests, and what may reach for the world, as a test. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const source = join(root, 'src')
const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(source, join(entry.parentPath, entry.name)))
  .sort()

interface Import {
  readonly target: string
  readonly typeOnly: boolean
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), 'utf8')
  const found: Import[] = []
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm)) {
    const specifier = match[2] ?? ''
    const target = specifier.startsWith('.')
      ? relative(source, resolve(dirname(join(source, file)), specifier)).replace(/\.js$/, '.ts')
      : specifier
    found.push({ target, typeOnly: match[1] !== undefined })
  }
  return found
}

const part = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : file)

/** Part → parts of ours that it may import, besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  'config.ts': ['config-checks.ts', 'config-help.ts', 'setting-values.ts', 'settings.ts'],
  'config-checks.ts': ['config.ts', 'setting-values.ts', 'settings.ts'],
  'config-help.ts': ['settings.ts'],
  'settings.ts': ['ca', 'setting-values.ts'],
  'setting-values.ts': ['ca', 'errors.ts'],
  ca: ['errors.ts'],
  asa: ['ca', 'errors.ts'],
  store: ['ca', 'errors.ts'],
  postgres: ['errors.ts'],
  routes: ['ca', 'asa', 'errors.ts'],
  'app.ts': ['routes', 'ca', 'asa', 'errors.ts'],
  service: [
    'ca',
    'asa',
    'store',
    'postgres',
    'errors.ts',
    'config.ts',
    'setting-values.ts',
    'app.ts',
    // What counts in a process, whatever listener is asked.
    'routes/failed-logins.ts',
    'routes/instruments.ts',
    'verbs/context.ts',
  ],
  verbs: ['ca', 'asa', 'store', 'service', 'errors.ts', 'config.ts', 'app.ts', 'routes'],
  'main.ts': ['ca', 'verbs', 'service', 'errors.ts', 'config.ts', 'config-help.ts'],
}

/** npm package → parts that alone may import it. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  fastify: ['app.ts', 'routes', 'service'],
  'fastify-plugin': ['routes'],
  '@fastify/swagger': ['app.ts', 'routes'],
  '@fastify/swagger-ui': ['app.ts', 'routes'],
  '@fastify/type-provider-typebox': ['app.ts', 'routes'],
  typebox: ['routes'],
  'typebox/format': ['routes'],
  'ajv-formats': ['app.ts', 'routes'],
  pino: ['service', 'verbs', 'app.ts'],
  pg: ['store', 'service'],
  'pg-copy-streams': ['store'],
  pkijs: ['ca'],
  asn1js: ['ca'],
  'node-forge': ['ca'],
}

t.test('every part imports only what the table allows', async (t) => {
  for (const file of files) {
    const from = part(file)
    const allowed = MAY_IMPORT[from]
    t.ok(allowed, `${from} stands in the table`)
    for (const { target, typeOnly } of importsOf(file)) {
      if (target.startsWith('node:')) continue
      if (/\.ts$/.test(target)) {
        const to = part(target)
        t.ok(to === from || allowed?.includes(to) || allowed?.includes(target), `${file} may import ${target}`)
      } else {
        t.ok(PACKAGE_HOMES[target]?.includes(from) || (typeOnly && target === 'pg'), `${file} may import the package ${target}`)
      }
    }
  }
})

/** What only `main.ts` takes from the world. `service/` and `postgres/` own files and processes, not the clock. */
const WORLD: readonly (readonly [RegExp, string])[] = [
  [/\bprocess\.env\b/, 'the environment'],
  [/\bDate\.now\(\)|\bnew Date\(\)/, 'the clock'],
  [/\bconsole\.(log|error|warn|info|debug)\(/, 'the console'],
  [/\bMath\.random\(\)/, 'chance'],
]

t.test('nothing below main.ts takes environment, clock, console or chance from the world', async (t) => {
  for (const file of files) {
    if (file === 'main.ts') continue
    const text = readFileSync(join(source, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    for (const [pattern, name] of WORLD) t.notMatch(text, pattern, `${file} does not reach for ${name}`)
  }
})

/** Files without a test of their name → the test that runs them through and through, or `types` where nothing can run. */
const RUN_BY: Readonly<Record<string, string>> = {
  'ca/authority.ts': 'types',
  'ca/ports.ts': 'types',
  'ca/warning.ts': 'types',
  'postgres/log.ts': 'types',
  'ca/enrollment-events.ts': 'ca/enrollment.test.ts',
  'ca/replay.ts': 'ca/enrollment.test.ts',
  'ca/der-writer.ts': 'ca/der.test.ts',
  'verbs/context.ts': 'types',
  // Tables and schemas: these tests hold every row against the rules.
  'routes/certificate-responses.ts': 'routes/docs.test.ts',
  'routes/certificate-schemas.ts': 'routes/docs.test.ts',
  'routes/error-explanations.ts': 'routes/error-page.test.ts',
  'routes/named-schemas.ts': 'routes/docs.test.ts',
  'settings.ts': 'config.test.ts',
  // What only puts parts together: the service as its users run it, as a process.
  'service/listeners.ts': 'verbs/root.test.ts',
  'service/open-service.ts': 'main.test.ts',
  'service/open-store.ts': 'main.test.ts',
  'verbs/token.ts': 'main.test.ts',
  'verbs/writer.ts': 'verbs/audit.test.ts',
}

t.test('every source file with a decision in it has a test that mirrors its name', async (t) => {
  const tests = new Set(
    readdirSync(join(root, 'test'), { recursive: true, withFileTypes: true }).map((entry) =>
      relative(join(root, 'test'), join(entry.parentPath, entry.name)),
    ),
  )
  for (const file of files) {
    const mirror = file.replace(/\.ts$/, '.test.ts')
    const runBy = RUN_BY[file]
    if (runBy === undefined) t.ok(tests.has(mirror), `test/${mirror} is there`)
    else t.notOk(tests.has(mirror), `${file} has a test of its own and needs no other`)
  }
  for (const [file, runBy] of Object.entries(RUN_BY)) {
    t.ok(files.includes(file), `src/${file} is there`)
    if (runBy !== 'types') t.ok(tests.has(runBy), `test/${runBy}, which runs ${file}, is there`)
    else
      t.match(
        importsOf(file).filter(({ typeOnly }) => !typeOnly),
        [],
        `${file} imports types alone`,
      )
  }
})

t.test('no file is named for what it is made of instead of what it does', async (t) => {
  for (const file of files) t.notMatch(file, /(^|\/)(utils?|helpers?|common|types|index)\.ts$/, file)
})

/** Four screens of sixty lines. */
const MAX_LINES = 260

t.test('every source file fits on four screens', async (t) => {
  for (const file of files) {
    const lines = readFileSync(join(source, file), 'utf8').split('\n').length
    t.ok(lines <= MAX_LINES, `${file} has ${lines} lines`)
  }
})
