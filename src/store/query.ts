/** One statement over the pool: its rows as records, its errors as the domain's. */
import type pg from 'pg'
import { translated } from './failure.js'

/** A statement with its parameters. With a `name` it is prepared once per connection; without, planned for its values. */
export interface Statement {
  readonly name?: string
  readonly text: string
  readonly values: readonly unknown[]
}

/**
 * The rows of a statement; a column that is null is left out of its record.
 * @throws CaError as `storeFailure` says.
 */
export async function rowsOf<T extends object>(pool: pg.Pool, { name, text, values }: Statement): Promise<T[]> {
  const { rows } = await translated(() =>
    pool.query<Record<string, unknown>>({ ...(name === undefined ? {} : { name }), text, values: [...values] }),
  )
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as T)
}

/** The only row, if there is one. */
export async function rowOf<T extends object>(pool: pg.Pool, statement: Statement): Promise<T | undefined> {
  return (await rowsOf<T>(pool, statement))[0]
}
