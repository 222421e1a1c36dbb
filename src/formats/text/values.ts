/** Splits a stream of bytes into JSON values, however they are strung together. */

/** Longest document that is read whole, in bytes. Longer ones are read array item by array item. */
export const DOCUMENT_BYTES_MAX = 16_777_216
/**
 * Most objects and lists of a document that is read whole. Each takes a hundred bytes or two of memory,
 * though two in the text may be enough for it; logs have one in twenty bytes at most.
 */
export const DOCUMENT_PARTS_MAX = 1_048_576

const QUOTE = 34
const COMMA = 44
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125
const SPACE = 32

export interface ValueListener {
  /** The bytes of one value; that they are balanced is all that is known of them. */
  value(bytes: Buffer): void
  bad(reason: string): void
}

export interface ValueSplitter {
  /** The listener is called before this returns. The chunk must not change until `finish`. */
  push(chunk: Buffer): void
  finish(): void
}

/**
 * Values may be concatenated, on lines, or the items of an array, which is entered. An object too
 * large to be read whole can be no record, so it is taken for an envelope: the first array of objects
 * in it is entered, and what else the envelope says is passed over.
 *
 * Brackets are counted, not matched, and kept in no stack, so that depth costs nothing; whether a
 * value is JSON its parser says. Modes, and what leaves them:
 *
 *   between   before a value: `{` or `[` → within, `"` or another character → scalar
 *   within    inside an object or array: its last closing bracket → between
 *   scalar    inside a bare value: whatever cannot belong to it → between
 */
export function valueSplitter(listener: ValueListener): ValueSplitter {
  let mode: 'between' | 'within' | 'scalar' = 'between'
  let depth = 0
  let isString = false
  let isEscaped = false
  let isInArray = false // the values are items of an array that was entered
  let isInEnvelope = false // and that array belongs to an object
  let isPassing = false // over a value that is not kept
  let pieces: Buffer[] = []
  let piecesBytes = 0

  function complete(last: Buffer): void {
    mode = 'between'
    isString = false
    const isKept = !isPassing
    isPassing = false
    if (!isKept) return
    const value = pieces.length === 0 ? last : Buffer.concat([...pieces, last])
    forget()
    const refusal = tooLarge(value)
    if (refusal === undefined) listener.value(value)
    else if (!enter(value)) listener.bad(refusal)
  }

  function forget(): void {
    pieces = []
    piecesBytes = 0
  }

  /** The end of an array that was entered, or of nothing at all. */
  function leaveArray(): void {
    if (!isInArray) listener.bad('expected a value, got "]"')
    isInArray = false
    if (!isInEnvelope) return
    isInEnvelope = false
    mode = 'within' // the rest of the envelope
    depth = 1
    isPassing = true
  }

  /** Keeps what a chunk holds of a value that goes on, or gives the value up for too long. */
  function keep(rest: Buffer): void {
    if (isPassing) return
    pieces.push(rest)
    piecesBytes += rest.length
    if (piecesBytes <= DOCUMENT_BYTES_MAX) return
    const begun = Buffer.concat(pieces)
    forget()
    if (enter(begun)) return
    isPassing = true
    listener.bad(TOO_LONG)
  }

  /** Goes over what has come of a long object again, this time for the records in it. */
  function enter(begun: Buffer): boolean {
    const items = isInArray ? -1 : firstItems(begun)
    if (items === -1) return false
    mode = 'between'
    isString = false
    isEscaped = false
    isInArray = true
    isInEnvelope = true
    push(begun.subarray(items))
    return true
  }

  /** The index after the closing bracket or quote, or -1 where the chunk ends before it. */
  function endOfValue(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]
      if (isString) {
        if (isEscaped) isEscaped = false
        else if (byte === BACKSLASH) isEscaped = true
        else if (byte === QUOTE) {
          isString = false
          if (depth === 0) return at + 1
        }
      } else if (byte === QUOTE) isString = true
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++
      else if ((byte === CLOSE_OBJECT || byte === CLOSE_LIST) && --depth === 0) return at + 1
    }
    return -1
  }

  function endOfScalar(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) if (endsScalar(chunk[at]!)) return at
    return -1
  }

  function push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      const start = at
      if (mode === 'between') {
        const byte = chunk[at]! // within the loop's bound
        if (byte <= SPACE || byte === COMMA) at++
        else if (byte === OPEN_LIST && !isInArray) {
          isInArray = true
          at++
        } else if (byte === CLOSE_LIST) {
          leaveArray()
          at++
        } else if (byte === OPEN_OBJECT || byte === OPEN_LIST || byte === QUOTE) {
          mode = 'within'
          depth = byte === QUOTE ? 0 : 1
          isString = byte === QUOTE
          at++
        } else {
          mode = 'scalar'
          at++
        }
        if (mode === 'between' || isPassing) continue
      }
      const end = mode === 'within' ? endOfValue(chunk, at) : endOfScalar(chunk, at)
      if (end === -1) {
        keep(chunk.subarray(start))
        return
      }
      complete(chunk.subarray(start, end))
      at = end
    }
  }

  return {
    push,
    finish() {
      if (mode === 'scalar') complete(NOTHING)
      if (mode === 'within' || isInArray) listener.bad('the input ends before this value does')
      mode = 'between'
      isInArray = false
      forget()
    },
  }
}

const NOTHING = Buffer.alloc(0)

/** Why the bytes of a value are not read whole, or undefined where they are. */
export function tooLarge(bytes: Buffer): string | undefined {
  if (bytes.length > DOCUMENT_BYTES_MAX) return TOO_LONG
  // Two bytes at least make a part, so a short text need not be counted.
  return bytes.length > 2 * DOCUMENT_PARTS_MAX && hasTooManyParts(bytes) ? TOO_FULL : undefined
}
const TOO_LONG = `expected at most ${DOCUMENT_BYTES_MAX} bytes, got a longer value`
const TOO_FULL = `expected at most ${DOCUMENT_PARTS_MAX} objects and lists in a value, got more`

function hasTooManyParts(bytes: Buffer): boolean {
  let parts = 0
  let isString = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (isString) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) isString = false
    } else if (byte === QUOTE) isString = true
    else if ((byte === OPEN_OBJECT || byte === OPEN_LIST) && ++parts > DOCUMENT_PARTS_MAX)
      return true
  }
  return false
}

function endsScalar(byte: number): boolean {
  return (
    byte <= SPACE ||
    byte === COMMA ||
    byte === QUOTE ||
    byte === OPEN_LIST ||
    byte === CLOSE_LIST ||
    byte === OPEN_OBJECT ||
    byte === CLOSE_OBJECT
  )
}

/** Where the items of the first array of objects begin, directly inside the object; -1 if nowhere. */
function firstItems(object: Buffer): number {
  let depth = 0
  let isString = false
  for (let at = 0; at < object.length; at++) {
    const byte = object[at]
    if (isString) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) isString = false
    } else if (byte === QUOTE) isString = true
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (byte === OPEN_LIST && depth === 1 && holdsObjects(object, at + 1)) return at + 1
      depth++
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--
  }
  return -1
}

function holdsObjects(bytes: Buffer, from: number): boolean {
  let at = from
  while (at < bytes.length && bytes[at]! <= SPACE) at++
  return bytes[at] === OPEN_OBJECT
}
