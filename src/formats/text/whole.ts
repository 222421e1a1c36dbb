/** Reads bytes that are all there, in whichever way JSON values are strung together in them, or as a table. */
import { lineSplitter } from './lines.ts'
import { bomBytes, SNIFF_BYTES, sniff } from './sniff.ts'
import { readTable } from './table.ts'
import { valueSplitter } from './values.ts'

export interface WholeListener {
  /** A line, numbered from 1; `isCut` where the bytes ended before it did. */
  text(text: string, line: number, isCut: boolean): void
  /** The bytes of one value, where values are not on lines. */
  bytes(bytes: Buffer): void
  refuse(line: number, reason: string): void
  /** A row of CSV; without it none is looked for. */
  readonly row?: (fields: object, line: number) => void
}

/** @param isTable whether it is known to be CSV, whatever its first line looks like */
export function readWhole(
  whole: Buffer,
  { text, bytes, refuse, row }: WholeListener,
  isTable = false,
): void {
  const layout = sniff(whole.subarray(0, SNIFF_BYTES))
  if (layout.kind === 'refused') {
    refuse(0, layout.reason)
    return
  }
  if (row !== undefined && (isTable || layout.kind === 'csv')) {
    let rows = 0
    const counted = (fields: object, line: number) => {
      rows++
      row(fields, line)
    }
    readTable(whole, { row: counted, bad: refuse })
    // What only looks like a header may be anything, and nothing of it is lost in silence.
    if (rows === 0 && !isTable) refuse(1, 'expected JSON, or CSV with rows below its header')
    return
  }
  const splitter =
    layout.kind === 'document'
      ? valueSplitter({ value: bytes, bad: (reason) => refuse(0, reason) })
      : lineSplitter({ line: text, bad: refuse })
  splitter.push(whole.subarray(bomBytes(whole)))
  splitter.finish()
}
