/** A table of texts as a terminal shows it; what looks like a number stands to the right. */
import { oneLine } from './show-alerts.ts'

const GAP = '  '

/** The lines of it, the first with the names of the columns. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [head, ...rows].map((row) => row.map(oneLine))
  const widths = head.map((_, at) => Math.max(...cells.map((row) => row[at]!.length)))
  const isNumber = head.map((_, at) => rows.every((row) => /^[\d,.]*$/.test(row[at]!)))
  return cells.map((row) =>
    row
      .map((cell, at) => (isNumber[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join(GAP)
      .trimEnd(),
  )
}
