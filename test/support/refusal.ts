import { CaError } from '../../src/errors.js'

/** Code and sentence of the CaError that `run` throws or rejects with; anything else that it throws goes on. */
export async function refusal(run: () => unknown): Promise<readonly [code: string, detail: string] | undefined> {
  try {
    await run()
  } catch (error) {
    if (error instanceof CaError) return [error.code, error.detail]
    throw error
  }
  return undefined
}
