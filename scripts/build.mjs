// Compiles src/ to dist/ when a source is newer than the last build or was removed; types are checked by `npm run typecheck`.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const source = join(root, 'src')
const target = join(root, 'dist')
const marker = join(target, '.sources')

const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort()
const hash = createHash('sha256')
for (const file of [...files, join(root, 'tsconfig.json'), join(root, 'package-lock.json')]) {
  hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0')
}
const state = hash.digest('hex')

const built = () => {
  try {
    return readFileSync(marker, 'utf8')
  } catch {
    return ''
  }
}

if (built() !== state) {
  const { default: ts } = await import('typescript')
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
  // One file at a time, without resolution: what `module: NodeNext` would emit for these files is plain ESM.
  const { rootDir: _root, outDir: _out, moduleResolution: _resolution, types: _types, lib: _lib, ...rest } = options
  const compilerOptions = { ...rest, module: ts.ModuleKind.ESNext }
  // Built beside and moved into place, so that an interrupted build is never taken for a whole one.
  const fresh = `${target}.${process.pid}`
  rmSync(fresh, { recursive: true, force: true })
  for (const file of files) {
    const name = relative(source, file)
    const out = ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions, fileName: name, reportDiagnostics: true })
    for (const d of out.diagnostics ?? []) throw new Error(`${name}: ${ts.flattenDiagnosticMessageText(d.messageText, '\n')}`)
    const to = join(fresh, name.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, out.outputText)
    if (out.sourceMapText) writeFileSync(`${to}.map`, out.sourceMapText)
  }
  writeFileSync(join(fresh, '.sources'), state)
  try {
    rmSync(target, { recursive: true, force: true })
    renameSync(fresh, target)
  } catch (error) {
    // Another build of the same sources may have been quicker; anything else is a fault.
    rmSync(fresh, { recursive: true, force: true })
    if (built() !== state) throw error
  }
}
