/** The committed requests: of the field (`fixtures/asa`) and one per rule (`fixtures/csr`). */
import { readdirSync, readFileSync } from 'node:fs'

const FIXTURES = new URL('../fixtures/', import.meta.url)

export interface CsrCase {
  readonly file: string
  /** `accepted`, or the code of the refusal. */
  readonly outcome: string
  readonly detail: string
  readonly rfc: string
  readonly why: string
}

/** What stands between the lines of a PEM file with one block. */
export function pemContent(path: string): Buffer {
  const [, base64 = ''] = /-----BEGIN [A-Z ]+-----([^-]+)-----END/.exec(readFileSync(new URL(path, FIXTURES), 'latin1')) ?? []
  return Buffer.from(base64, 'base64')
}

export const csrCases: readonly CsrCase[] = JSON.parse(readFileSync(new URL('csr/cases.json', FIXTURES), 'utf8'))

export const csrCaseFiles = (): string[] => readdirSync(new URL('csr/', FIXTURES)).filter((file) => file.endsWith('.pem'))

/** The real and the synthetic requests that have PEM lines; the ones without are `.console.txt`. */
export const fieldCsrFiles = (): string[] => readdirSync(new URL('asa/', FIXTURES)).filter((file) => file.endsWith('.csr.pem'))
