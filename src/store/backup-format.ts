/**
 * The backup file: lines of JSON around PostgreSQL's COPY text, so that any server version reads it and a person can.
 *
 *     lab-pki backup 1
 *     {"migrations":[{"name":…,"sha256":…},…],"tables":[{"name":…,"columns":[…]},…],"sequences":{…}}
 *     …rows of the first table, one a line…
 *     \.
 *     {"table":…,"rows":…,"sha256":…}        SHA-256 of the rows' octets
 *     …the next tables…
 *     {"end":true,"sha256":…}                SHA-256 of every octet before this line
 */
import { createHash, type Hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

/** A backup that cannot be restored; the message says why and what to do, and holds no data. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}

export const BACKUP_MAGIC = 'lab-pki backup 1'

/** COPY writes a backslash in data as two, so that no row is ever this line. */
const ROWS_END = Buffer.from('\\.\n')

/** Octets read at once. */
const CHUNK_OCTETS = 256 * 1024
/** Longest line of JSON: the header names every migration and column in a few kilobytes. */
const MAX_LINE_OCTETS = 1024 * 1024

export interface BackupTable {
  readonly name: string
  readonly columns: readonly string[]
}

export interface BackupHeader {
  readonly migrations: readonly { readonly name: string; readonly sha256: string }[]
  readonly tables: readonly BackupTable[]
  /** Last value of every sequence, decimal. */
  readonly sequences: Readonly<Record<string, string>>
}

/** Writes a backup file part by part; every call waits until the octets are handed to the system. */
export class BackupWriter {
  readonly #file: FileHandle
  readonly #whole = createHash('sha256')
  #table: { readonly name: string; readonly hash: Hash; rows: number } | undefined

  constructor(file: FileHandle) {
    this.#file = file
  }

  async header(header: BackupHeader): Promise<void> {
    await this.#write(Buffer.from(`${BACKUP_MAGIC}\n${JSON.stringify(header)}\n`))
  }

  beginTable(name: string): void {
    this.#table = { name, hash: createHash('sha256'), rows: 0 }
  }

  /** Octets of COPY's text format, cut anywhere. */
  async rows(octets: Buffer): Promise<void> {
    const table = this.#table
    if (table === undefined) throw new Error('rows outside a table')
    table.hash.update(octets)
    table.rows += countLines(octets)
    await this.#write(octets)
  }

  async endTable(): Promise<void> {
    const table = this.#table
    if (table === undefined) throw new Error('the end of no table')
    const trailer = { table: table.name, rows: table.rows, sha256: table.hash.digest('hex') }
    await this.#write(Buffer.concat([ROWS_END, Buffer.from(`${JSON.stringify(trailer)}\n`)]))
    this.#table = undefined
  }

  async end(): Promise<void> {
    await this.#write(Buffer.from(`${JSON.stringify({ end: true, sha256: this.#whole.digest('hex') })}\n`), false)
  }

  async #write(octets: Buffer, hashed = true): Promise<void> {
    if (hashed) this.#whole.update(octets)
    await this.#file.writeFile(octets)
  }
}

function countLines(octets: Buffer): number {
  let lines = 0
  for (let at = octets.indexOf(0x0a); at >= 0; at = octets.indexOf(0x0a, at + 1)) lines += 1
  return lines
}

/** Reads a backup file from its beginning; every method throws BackupError where the file is not what was written. */
export class BackupReader {
  readonly #file: FileHandle
  readonly #name: string
  readonly #whole = createHash('sha256')
  #buffered = Buffer.alloc(0)
  #position = 0

  constructor(file: FileHandle, name: string) {
    this.#file = file
    this.#name = name
  }

  async header(): Promise<BackupHeader> {
    if ((await this.#line()) !== BACKUP_MAGIC) throw this.#damaged(`it does not begin with "${BACKUP_MAGIC}"`)
    return this.#json(await this.#line()) as BackupHeader
  }

  /** The rows of the next table, as COPY wrote them; checked against their checksum at the end. Returns their number. */
  async *rows(table: string): AsyncGenerator<Buffer, number> {
    const hash = createHash('sha256')
    let rows = 0
    for await (const octets of this.#untilRowsEnd()) {
      hash.update(octets)
      rows += countLines(octets)
      yield octets
    }
    const trailer = this.#json(await this.#line()) as { table?: unknown; rows?: unknown; sha256?: unknown }
    if (trailer.table !== table || trailer.rows !== rows || trailer.sha256 !== hash.digest('hex')) {
      throw this.#damaged(`the rows of ${table} do not match their checksum`)
    }
    return rows
  }

  async end(): Promise<void> {
    const sha256 = this.#whole.copy().digest('hex')
    const trailer = this.#json(await this.#line()) as { end?: unknown; sha256?: unknown }
    if (trailer.end !== true || trailer.sha256 !== sha256) throw this.#damaged('the file does not match its checksum')
    if (this.#buffered.length > 0 || (await this.#fill())) throw this.#damaged('something stands behind its end')
  }

  /** Yields whole lines until the line that ends them, which is taken as well. */
  async *#untilRowsEnd(): AsyncGenerator<Buffer> {
    for (;;) {
      const marker = this.#buffered.subarray(0, ROWS_END.length).equals(ROWS_END) ? 0 : this.#buffered.indexOf('\n\\.\n') + 1
      if (marker > 0) yield this.#take(marker)
      if (marker > 0 || this.#buffered.subarray(0, ROWS_END.length).equals(ROWS_END)) {
        this.#take(ROWS_END.length)
        return
      }
      // Whole lines only, so that the end marker is never cut in two; a line longer than the buffer waits for more.
      const lines = this.#buffered.lastIndexOf(0x0a, -ROWS_END.length - 1) + 1
      if (lines > 0) yield this.#take(lines)
      if (!(await this.#fill())) throw this.#damaged('it ends inside a table')
    }
  }

  async #line(): Promise<string> {
    let end = this.#buffered.indexOf(0x0a)
    while (end < 0) {
      if (this.#buffered.length > MAX_LINE_OCTETS) throw this.#damaged('a line is too long')
      if (!(await this.#fill())) throw this.#damaged('it ends too early')
      end = this.#buffered.indexOf(0x0a)
    }
    return this.#take(end + 1).toString('utf8', 0, end)
  }

  #take(octets: number): Buffer {
    const taken = this.#buffered.subarray(0, octets)
    this.#buffered = this.#buffered.subarray(octets)
    this.#whole.update(taken)
    return taken
  }

  async #fill(): Promise<boolean> {
    const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(CHUNK_OCTETS), 0, CHUNK_OCTETS, this.#position)
    this.#position += bytesRead
    this.#buffered = Buffer.concat([this.#buffered, buffer.subarray(0, bytesRead)])
    return bytesRead > 0
  }

  #json(line: string): unknown {
    try {
      const value: unknown = JSON.parse(line)
      if (typeof value === 'object' && value !== null) return value
    } catch {
      // Falls through: not JSON is damaged as well.
    }
    throw this.#damaged('a line of JSON is not what was written')
  }

  #damaged(why: string): BackupError {
    return new BackupError(`${this.#name} is not a whole backup: ${why}; nothing was restored, take another copy`)
  }
}
