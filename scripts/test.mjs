// Runs the suite (or the files named) and ends with `N passed, N failed, N skipped`: every assertion counts once, a skipped
// check is named and never counted as passed, and a report that breaks off is a failure.
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import './build.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const runner = join(dirname(createRequire(import.meta.url).resolve('tap/package.json')), 'dist/esm/run.mjs')
mkdirSync(join(root, '.tap'), { recursive: true })
const report = createWriteStream(join(root, '.tap', 'report.tap'))

const tap = spawn(process.execPath, [runner, '--reporter=tap', ...process.argv.slice(2)], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
})

let passed = 0
let failed = 0
let skipped = 0
let files = 0
let planned
let failing = false
for await (const line of createInterface({ input: tap.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
  report.write(`${line}\n`)
  const plan = /^1\.\.(\d+)/.exec(line)
  if (plan) planned = Number(plan[1])
  const result = /^(\s*)(not )?ok \d+(?: - )?(.*)$/.exec(line)
  if (result) {
    const [, indent, not, name = ''] = result
    const summary = / # time=/.test(name) || indent === ''
    failing = Boolean(not) && !/# TODO\b/i.test(name)
    if (indent === '') files++
    if (/# SKIP\b/i.test(name) && !(summary && not)) {
      skipped++
      console.log(`skipped: ${name.trim()}`)
    } else if (not && !summary) failed++
    else if (not && indent === '' && /test unfinished|timeout|exit|signal/i.test(name)) failed++
    else if (!summary) passed++
    if (indent === '' || failing) console.log(line.trimEnd())
  } else if (failing) console.log(line)
}
const status = await new Promise((resolve) => tap.on('close', (code) => resolve(code ?? 1)))
await new Promise((resolve) => report.end(resolve))
const whole = planned !== undefined && planned === files && passed > 0
if (!whole) console.log(`the run is not whole: ${files} of ${planned ?? 'an unknown number of'} files reported`)
if (status !== 0 && failed === 0) failed = 1
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = status === 0 && failed === 0 && whole ? 0 : 1
