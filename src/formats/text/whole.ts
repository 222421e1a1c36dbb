/** What an input holds, laid out in whichever way; reads bytes that are all there: JSON values in whichever way they are strung together, or a table. */
import { lineSplitter } from './lines.ts'
import { bomBytes, SNIFF_BYTES, sniff } from './sniff.ts'
import { readTable } from './table.ts'
import { type ValueSplitter, valueSplitter } from './values.ts'

export interface InputListener {
  /** A line, numbered from 1; `isCut` where the bytes ended before it did. */
  text(text: string, line: number, isCut: boolean): void
  /** The bytes of one value, where values are not on lines. */
  bytes(bytes: Buffer): void
  /** A row of a table; `sizeBytes` is -1, for nobody knows how long it was. */
  value(row: object, line: number, sizeBytes: number): void
  refuse(line: number, reason: string): void
}

/** @param isTable whether it is known to be CSV, whatever its first line looks like */
export function readWhole(whole: Buffer, listener: InputListener, isTable = false): void {
  const layout = sniff(whole.subarray(0, SNIFF_BYTES))
  if (layout.kind === 'refused') {
    listener.refuse(0, layout.reason)
    return
  }
  if (isTable || layout.kind === 'csv') {
    readRows(whole, listener, isTable)
    return
  }
  const splitter = splitterOf(layout.kind, listener)
  splitter.push(whole.subarray(bomBytes(whole)))
  splitter.finish()
}

/** Takes JSON apart by its lines, or by its values where they are not on lines. */
export function splitterOf(
  kind: 'lines' | 'document',
  { text, bytes, refuse }: InputListener,
): ValueSplitter {
  return kind === 'document'
    ? valueSplitter({ value: bytes, bad: (reason) => refuse(0, reason) })
    : lineSplitter({ line: text, bad: refuse })
}

function readRows(whole: Buffer, { value, refuse }: InputListener, isTable: boolean): void {
  let rows = 0
  const row = (fields: object, line: number) => {
    rows++
    value(fields, line, -1)
  }
  readTable(whole.subarray(bomBytes(whole)), { row, bad: refuse })
  // What only looks like a header may be anything, and nothing of it is lost in silence.
  if (rows === 0 && !isTable) refuse(1, 'expected JSON, or CSV with rows below its header')
}
