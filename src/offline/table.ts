/** Reads CSV into one object per row. */
import { parse } from 'csv-parse'

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
 * Lenient, as exports are: quotes inside fields, rows shorter than the header and repeated headers
 * are read. Of columns with one name the first keeps it; the others get `#2`, `#3`.
 */
export function table(listener: TableListener): Table {
  let failure: Error | undefined
  let line = 0
  let wake = () => {}
  const parser = parse({
    bom: true,
    columns: distinct,
    max_record_size: ROW_LENGTH_MAX,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    // Rows leave here and not through the stream, which would drop those before an error.
    on_record(record: Record<string, string>, { lines }) {
      line = lines
      listener.row(record, lines)
      return null
    },
  })
  parser.resume()
  parser.on('end', () => wake())
  parser.on('error', (error) => {
    if (failure === undefined) listener.bad(line + 1, `expected CSV, got ${error.message}`)
    failure = error
    wake()
  })
  const settled = (act: (done: () => void) => void) =>
    new Promise<void>((resolve) => {
      wake = resolve
      if (failure !== undefined) resolve()
      else act(resolve)
    })
  return {
    push: (chunk) => settled((done) => parser.write(chunk, () => done())),
    finish: () => settled(() => parser.end()),
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
