/** The words behind a verb: options checked against a list, so that a misspelt one is named and not ignored. */
import { parseArgs } from 'node:util'

/** A wrong call of a verb; its message is for the person at the keyboard. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface ParsedWords {
  readonly positionals: readonly string[]
  /** Options that take one value. */
  one(name: string): string | undefined
  /** Options that may be repeated. */
  many(name: string): readonly string[] | undefined
  flag(name: string): boolean
}

export interface OptionNames {
  readonly one?: readonly string[]
  readonly many?: readonly string[]
  readonly flags?: readonly string[]
}

/** @throws UsageError that names the word and what the verb takes. */
export function parseWords(words: readonly string[], names: OptionNames, usage: string): ParsedWords {
  const options: Record<string, { type: 'string' | 'boolean'; multiple?: boolean }> = {}
  for (const name of names.one ?? []) options[name] = { type: 'string' }
  for (const name of names.many ?? []) options[name] = { type: 'string', multiple: true }
  for (const name of names.flags ?? []) options[name] = { type: 'boolean' }
  let parsed: ReturnType<typeof parseArgs>
  try {
    parsed = parseArgs({ args: [...words], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\nusage: ${usage}`)
  }
  const value = (name: string) => parsed.values[name]
  return {
    positionals: parsed.positionals,
    one(name) {
      const found = value(name)
      return typeof found === 'string' ? found : undefined
    },
    many(name) {
      const found = value(name)
      return Array.isArray(found) ? found.map(String) : undefined
    },
    flag: (name) => value(name) === true,
  }
}
