/**
 * Tells the messages of a syslog connection apart, whether each begins with its length or ends with a
 * line break: a digit in front of a message can only be a length, as rsyslog and syslog-ng have it too.
 *
 * Source    RFC 6587, section 3.4; RFC 5425, section 4.3.
 */

const NEWLINE = 0x0a
const SPACE = 0x20
const ZERO = 0x30
const NINE = 0x39
/** Longer ones speak of messages of a gigabyte, or are no lengths. */
const LENGTH_DIGITS_MAX = 9
/** Kept of a message that is refused for its length, in bytes. */
const BEGINNING_BYTES = 2_048

export interface FrameListener {
  /**
   * A message. The bytes are the framer's: they change with the next push. `isCut` where the connection
   * ended and nothing says that it is whole.
   */
  message(bytes: Buffer, isCut: boolean): void
  /** One that cannot be had whole: how it began, and why. */
  refused(beginning: Buffer, reason: string): void
}

export interface Framer {
  /** The listener is called before this returns. Answers false where what follows cannot be told apart. */
  push(chunk: Buffer): boolean
  /** The connection has ended. */
  finish(): void
  /** Whether a message has begun that is not whole yet. */
  isInside(): boolean
}

/** @param messageBytesMax longer messages are passed over without being kept */
export function createFramer(messageBytesMax: number, listener: FrameListener): Framer {
  let held = Buffer.alloc(0) // what came and is no whole message yet, in front of what is free
  let heldBytes = 0
  /** Bytes of a message too long that are to come still; Infinity up to the next line break. */
  let passing = 0
  let isLost = false

  function hold(rest: Buffer): void {
    if (heldBytes + rest.length > held.length) {
      const larger = Buffer.alloc(Math.max(2 * held.length, heldBytes + rest.length))
      held.copy(larger, 0, 0, heldBytes)
      held = larger
    }
    rest.copy(held, heldBytes)
    heldBytes += rest.length
  }

  /** Answers what comes after the message that is passed over, as far as that is here. */
  function pass(bytes: Buffer): Buffer {
    if (passing !== Number.POSITIVE_INFINITY) {
      const passed = Math.min(passing, bytes.length)
      passing -= passed
      return bytes.subarray(passed)
    }
    const newline = bytes.indexOf(NEWLINE)
    if (newline === -1) return bytes.subarray(bytes.length)
    passing = 0
    return bytes.subarray(newline + 1)
  }

  function refuseLong(bytes: Buffer, size: string): void {
    const reason = `expected a message of at most ${messageBytesMax} bytes, got ${size}`
    listener.refused(bytes.subarray(0, BEGINNING_BYTES), reason)
  }

  /** Takes the message at the beginning; answers how many bytes that were, 0 where it is not whole. */
  function takeOne(bytes: Buffer): number {
    return isDigit(bytes[0]!) ? takeCounted(bytes) : takeLine(bytes)
  }

  function takeCounted(bytes: Buffer): number {
    const space = lengthEnd(bytes)
    if (space === -1) {
      isLost = true
      const reason = 'expected the length of the message and a space; the connection is closed'
      listener.refused(bytes.subarray(0, BEGINNING_BYTES), reason)
      return bytes.length
    }
    if (space === bytes.length) return 0
    const size = Number(bytes.toString('latin1', 0, space))
    const start = space + 1
    if (size > messageBytesMax) {
      refuseLong(bytes.subarray(start), `${size}`)
      passing = size
      return start
    }
    if (bytes.length < start + size) return 0
    tell(bytes.subarray(start, start + size))
    return start + size
  }

  function takeLine(bytes: Buffer): number {
    const newline = bytes.indexOf(NEWLINE)
    const size = newline === -1 ? bytes.length : newline
    if (size > messageBytesMax) {
      refuseLong(bytes, 'more')
      passing = newline === -1 ? Number.POSITIVE_INFINITY : 0
      return newline === -1 ? bytes.length : newline + 1
    }
    if (newline === -1) return 0
    tell(bytes.subarray(0, newline))
    return newline + 1
  }

  function tell(bytes: Buffer): void {
    if (bytes.length > 0) listener.message(bytes, false)
  }

  return {
    push(chunk) {
      let rest = chunk
      if (heldBytes > 0) {
        hold(chunk)
        rest = held.subarray(0, heldBytes)
      }
      while (rest.length > 0 && !isLost) {
        if (passing > 0) {
          rest = pass(rest)
          continue
        }
        const taken = takeOne(rest)
        if (taken === 0) break
        rest = rest.subarray(taken)
      }
      if (heldBytes > 0) {
        rest.copy(held)
        heldBytes = rest.length
      } else hold(rest)
      return !isLost
    },
    finish() {
      const rest = held.subarray(0, heldBytes)
      heldBytes = 0
      if (rest.length === 0 || isLost) return
      const isCounted = isDigit(rest[0]!)
      // A sender may leave out the last line break.
      if (!isCounted) listener.message(rest, true)
      else listener.refused(rest.subarray(0, BEGINNING_BYTES), 'the connection ended inside it')
    },
    isInside: () => heldBytes > 0 || passing > 0,
  }
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE

/** Where the length ends; all there is where it may go on; -1 where it is none. */
function lengthEnd(bytes: Buffer): number {
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === SPACE) return at
    if (!isDigit(bytes[at]!) || at >= LENGTH_DIGITS_MAX) return -1
  }
  return bytes.length
}
