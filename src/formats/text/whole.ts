/** Reads bytes that are all there, in whichever way JSON values are strung together in them. */
import { lineSplitter } from './lines.ts'
import { bomBytes, SNIFF_BYTES, sniff } from './sniff.ts'
import { valueSplitter } from './values.ts'

export interface WholeListener {
  /** A line, numbered from 1; `isCut` where the bytes ended before it did. */
  text(text: string, line: number, isCut: boolean): void
  /** The bytes of one value, where values are not on lines. */
  bytes(bytes: Buffer): void
  refuse(line: number, reason: string): void
}

export function readWhole(whole: Buffer, { text, bytes, refuse }: WholeListener): void {
  const layout = sniff(whole.subarray(0, SNIFF_BYTES))
  if (layout.kind === 'refused') {
    refuse(0, layout.reason)
    return
  }
  const splitter =
    layout.kind === 'document'
      ? valueSplitter({ value: bytes, bad: (reason) => refuse(0, reason) })
      : lineSplitter({ line: text, bad: refuse })
  splitter.push(whole.subarray(bomBytes(whole)))
  splitter.finish()
}
