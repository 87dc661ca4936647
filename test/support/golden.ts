/** Golden files: exact octets, in hex at 64 columns so that a change is seen in review. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'

const FOLDER = new URL('../golden/', import.meta.url)
const COLUMNS = /.{1,64}/g

/** Compares with `test/golden/{name}`; `UPDATE_GOLDEN=1` in the environment writes the file instead, for a reviewed change. */
export function equalsGolden(t: Test, name: string, octets: Buffer): void {
  const file = new URL(name, FOLDER)
  const text = `${(octets.toString('hex').match(COLUMNS) ?? []).join('\n')}\n`
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text)
  t.equal(text, readFileSync(file, 'latin1'), `octets of test/golden/${name}`)
}
