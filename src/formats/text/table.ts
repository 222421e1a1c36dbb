/** Reads CSV into one object per row. */
import { type OptionsWithColumns, parse } from 'csv-parse'
import { parse as parseAtOnce } from 'csv-parse/sync'
import { EngineError } from '../../errors.ts'

/** Longest row, in characters: a row of Purview carries a whole audit record. */
const ROW_LENGTH_MAX = 1_048_576

export interface TableListener {
  /** `line` is the line on which the row ends, as rows may span several. */
  row(fields: Record<string, string>, line: number): void
  bad(line: number, reason: string): void
}

export interface Table {
  /** Resolves when the rows of the chunk that are complete have reached the listener. */
  push(chunk: Buffer): Promise<void>
  finish(): Promise<void>
}

/**
 * Reads what comes in chunks. Lenient, as exports are: quotes inside fields, rows shorter than the header
 * and repeated headers are read. Of columns with one name the first keeps it; the others get `#2`, `#3`.
 */
export function table(listener: TableListener): Table {
  const reading = readingOf(listener)
  let wake = () => {}
  const parser = parse(reading.options)
  parser.resume()
  parser.on('end', () => wake())
  parser.on('error', (error) => {
    reading.fail(error)
    wake()
  })
  const settled = (act: (done: () => void) => void) =>
    new Promise<void>((resolve) => {
      wake = resolve
      if (reading.hasFailed()) resolve()
      else act(resolve)
    })
  return {
    push: (chunk) => settled((done) => parser.write(chunk, () => done())),
    finish: () => settled(() => parser.end()),
  }
}

/** Reads a whole table that is at hand, as `table` does. */
export function readTable(bytes: Buffer, listener: TableListener): void {
  const reading = readingOf(listener)
  try {
    parseAtOnce(bytes, reading.options)
  } catch (error) {
    if (error instanceof EngineError) throw error // the listener's: it will have no more
    reading.fail(error as Error)
  }
}

function readingOf(listener: TableListener) {
  let failure: Error | undefined
  let line = 0
  const options: OptionsWithColumns<Record<string, string>> = {
    bom: true,
    columns: distinct,
    max_record_size: ROW_LENGTH_MAX,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    // Rows leave here and not through what is parsed, which would drop those before an error.
    on_record(record, { lines }) {
      line = lines
      listener.row(record, lines)
      return null
    },
  }
  return {
    options,
    hasFailed: () => failure !== undefined,
    fail(error: Error) {
      if (failure === undefined) listener.bad(line + 1, `expected CSV, got ${error.message}`)
      failure = error
    },
  }
}

function distinct(headers: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return headers.map((header) => {
    const name = header.trim()
    const key = name.toLowerCase()
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return count === 1 ? name : `${name}#${count}`
  })
}
