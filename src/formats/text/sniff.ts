/** Tells how an input is laid out from how it begins. */
import { valueSplitter } from './values.ts'

/** How much of an input is enough to tell, in bytes. */
export const SNIFF_BYTES = 65_536
/** A NUL this early, in bytes, means that the input is no text. */
const BINARY_WITHIN_BYTES = 4_096

export type Layout =
  | { readonly kind: 'lines' }
  | { readonly kind: 'document' }
  | { readonly kind: 'csv' }
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * `lines` is one JSON value per line, `document` anything else that JSON values can be strung
 * together to. Lines are preferred: there, what is broken ends with its line.
 */
export function sniff(head: Buffer): Layout {
  if (head[0] === 0xfe || head[0] === 0xff) {
    if (head[1] === 0xff || head[1] === 0xfe) return refused('expected UTF-8 text, got UTF-16')
  }
  if (head.subarray(0, BINARY_WITHIN_BYTES).includes(0)) {
    return refused('expected text, got binary data')
  }
  const text = head.subarray(bomBytes(head)).toString('latin1').trimStart()
  const newline = text.indexOf('\n')
  const first = (newline === -1 ? text : text.slice(0, newline)).trimEnd()
  if (text.startsWith('[')) return { kind: /^\[\s*[{\]]|^\[\s*$/.test(text) ? 'document' : 'lines' }
  if (text.startsWith('{')) {
    return { kind: newline === -1 || goesOn(first) ? 'document' : 'lines' }
  }
  return { kind: isHeader(first) ? 'csv' : 'lines' }
}

/** Bytes of the mark some editors put before UTF-8. */
export const bomBytes = (head: Buffer): number =>
  head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0

const refused = (reason: string): Layout => ({ kind: 'refused', reason })

/**
 * Whether a first line holds several values, or the beginning of something spread over lines: what
 * is printed so breaks after an opening bracket or a comma, and what was cut, elsewhere.
 */
function goesOn(line: string): boolean {
  if (/[{[,]$/.test(line)) return true
  let complete = 0
  const splitter = valueSplitter({
    value: () => {
      complete++
    },
    bad: () => {},
  })
  splitter.push(Buffer.from(line, 'latin1'))
  return complete > 1
}

/** Two or more column names of letters and digits. */
function isHeader(line: string): boolean {
  const columns = line.split(',')
  return (
    columns.length > 1 && columns.every((column) => /^\s*"?[\w .:()[\]/@-]*"?\s*$/.test(column))
  )
}
