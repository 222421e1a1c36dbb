/** Splits a stream of bytes into lines of text, whatever the bytes are. */
import { isAscii, isUtf8 } from 'node:buffer'

/** Longest line that is read, in bytes: four times the largest record AWS writes. */
export const LINE_BYTES_MAX = 1_048_576
/** Bytes a character of UTF-8 takes at most for one UTF-16 unit. */
const BYTES_PER_UNIT_MAX = 3
const NEWLINE = 10
/**
 * Bytes turned into text at a time. V8 keeps a string of 128 KiB or more in memory of its own, and
 * reading JSON out of such a one takes a third longer.
 */
const REGION_BYTES = 65_536

export interface LineListener {
  /**
   * A line without its newline. `number` counts from 1, blank lines included. `isCut` where the
   * input ended before the line did, which is no fault if the line is complete all the same.
   */
  line(text: string, number: number, isCut: boolean): void
  bad(number: number, reason: string): void
}

export interface LineSplitter {
  /** The listener is called before this returns. The chunk must not change until `finish`. */
  push(chunk: Buffer): void
  finish(): void
}

/**
 * Whole regions are turned into text at once and then cut, several times faster than line by line.
 * A line longer than the limit is passed over without being kept; one that is no UTF-8 spoils only
 * itself.
 */
export function lineSplitter(listener: LineListener): LineSplitter {
  let carried: Buffer[] = [] // the beginning of a line whose end has not come yet
  let carriedBytes = 0
  let isPassing = false // over the rest of a line that is too long
  let number = 0

  function carry(rest: Buffer): void {
    if (rest.length === 0) return
    carried.push(rest)
    carriedBytes += rest.length
    if (carriedBytes <= LINE_BYTES_MAX) return
    listener.bad(++number, TOO_LONG)
    drop()
    isPassing = true
  }

  function drop(): void {
    carried = []
    carriedBytes = 0
  }

  /** Whole lines, in stretches of about the size that is read fastest. */
  function regions(bytes: Buffer): void {
    for (let start = 0; start < bytes.length; ) {
      const newline = bytes.indexOf(NEWLINE, Math.min(start + REGION_BYTES, bytes.length) - 1)
      const end = newline === -1 ? bytes.length : newline + 1
      region(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), false)
      start = end
    }
  }

  function region(bytes: Buffer, isLast: boolean): void {
    if (isAscii(bytes)) cut(bytes.toString('latin1'), isLast)
    else if (isUtf8(bytes)) cut(bytes.toString(), isLast)
    else oneByOne(bytes, isLast)
  }

  function cut(text: string, isLast: boolean): void {
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      emit(text.slice(start, end), false)
      start = end + 1
    }
    if (isLast && start < text.length) emit(text.slice(start), true)
  }

  function oneByOne(bytes: Buffer, isLast: boolean): void {
    for (let start = 0; start < bytes.length; ) {
      const found = bytes.indexOf(NEWLINE, start)
      const end = found === -1 ? bytes.length : found
      const line = bytes.subarray(start, end)
      if (isUtf8(line)) emit(line.toString(), isLast && found === -1)
      else listener.bad(++number, 'expected UTF-8 text, got other bytes')
      start = end + 1
    }
  }

  function emit(text: string, isCut: boolean): void {
    number++
    const mayBeLong = text.length > LINE_BYTES_MAX / BYTES_PER_UNIT_MAX
    if (mayBeLong && Buffer.byteLength(text) > LINE_BYTES_MAX) listener.bad(number, TOO_LONG)
    else listener.line(text, number, isCut)
  }

  return {
    push(chunk) {
      let bytes = chunk
      if (isPassing) {
        const end = bytes.indexOf(NEWLINE)
        if (end === -1) return
        isPassing = false
        bytes = bytes.subarray(end + 1)
      }
      const last = bytes.lastIndexOf(NEWLINE)
      if (last === -1) return carry(bytes)
      let start = 0
      if (carriedBytes > 0) {
        start = bytes.indexOf(NEWLINE) + 1
        const line = Buffer.concat([...carried, bytes.subarray(0, start)])
        drop()
        region(line, false)
      }
      regions(bytes.subarray(start, last + 1))
      carry(bytes.subarray(last + 1))
    },
    finish() {
      if (carriedBytes > 0) region(Buffer.concat(carried), true)
      drop()
    },
  }
}

const TOO_LONG = `expected a line of at most ${LINE_BYTES_MAX} bytes, got a longer one`
