/**
 * Bits: numbers one after the other in as few bits as they need, as memories rest.
 *
 * What was written is read in the same order by the same calls; nothing in between says what it is.
 *
 * Source    Elias (1975), "Universal codeword sets and representations of the integers", IEEE
 *           Transactions on Information Theory, for counts.
 */
import { EngineError } from '../errors.ts'

export interface Bits {
  bytes: Uint8Array
  /** Place of the next bit; the first is the highest of the first byte. */
  at: number
}

const BYTES_MIN = 1_024
/** Used anew: to write leaves nothing for the collector but what is written. */
const spare: Bits[] = []

/** What `write` puts, filled up with zeros to a whole byte. */
export function bitsWritten(write: (bits: Bits) => void): Uint8Array<ArrayBuffer> {
  const bits = spare.pop() ?? { bytes: new Uint8Array(BYTES_MIN), at: 0 }
  write(bits)
  const length = (bits.at + 7) >>> 3
  const written = new Uint8Array(length)
  written.set(bits.bytes.subarray(0, length))
  bits.bytes.fill(0, 0, length)
  bits.at = 0
  spare.push(bits)
  return written
}

export function bitsIn(bytes: Uint8Array): Bits {
  return { bytes, at: 0 }
}

/** The low `width` bits of an integer, at most 32. */
export function putBits(bits: Bits, value: number, width: number): void {
  if (bits.at + width > bits.bytes.length * 8) grow(bits)
  const { bytes } = bits
  let { at } = bits
  for (let left = width; left > 0; ) {
    const free = 8 - (at & 7)
    const taken = Math.min(free, left)
    left -= taken
    const part = (value >>> left) & ((1 << taken) - 1)
    bytes[at >>> 3] = bytes[at >>> 3]! | (part << (free - taken))
    at += taken
  }
  bits.at = at
}

function grow(bits: Bits): void {
  const grown = new Uint8Array(2 * bits.bytes.length)
  grown.set(bits.bytes)
  bits.bytes = grown
}

/** An integer ≥ 0 of so many bits. Throws MEMORY_INVALID where there are no more. */
export function takeBits(bits: Bits, width: number): number {
  const { bytes } = bits
  let { at } = bits
  if (at + width > bytes.length * 8) throw endedEarly()
  let value = 0
  for (let left = width; left > 0; ) {
    const free = 8 - (at & 7)
    const taken = Math.min(free, left)
    left -= taken
    value = (value << taken) | ((bytes[at >>> 3]! >>> (free - taken)) & ((1 << taken) - 1))
    at += taken
  }
  bits.at = at
  return value >>> 0
}

/** The failure of a memory that no build can have written, and why. */
export function unfit(why: string): EngineError {
  return new EngineError('MEMORY_INVALID', `Memory is damaged: ${why}.`)
}

function endedEarly(): EngineError {
  return unfit('it ends too early')
}

/** How many bits an integer ≥ 0 below 2³² takes; 0 for 0. */
export const widthOf = (value: number): number => 32 - Math.clz32(value)

/** An integer from 0 to 2³¹ − 2, small ones in few bits: 1, 3, 5 … for up to 0, 2, 6 … */
export function putCount(bits: Bits, count: number): void {
  const width = widthOf(count + 1)
  putBits(bits, 0, width - 1)
  putBits(bits, count + 1, width)
}

/** Most bits that a count takes beyond its first one. */
const COUNT_WIDTH_MAX = 31

export function takeCount(bits: Bits): number {
  let width = 0
  while (takeBits(bits, 1) === 0) {
    if (++width === COUNT_WIDTH_MAX) throw endedEarly()
  }
  return ((1 << width) | takeBits(bits, width)) - 1
}

/** How many of something follow; each takes at least so many bits. */
export function takeSize(bits: Bits, eachWidth: number): number {
  const size = takeCount(bits)
  if (bits.at + size * eachWidth > bits.bytes.length * 8) throw endedEarly()
  return size
}

const float = new Float32Array(1)
const floatBits = new Int32Array(float.buffer)

/** A float32, as it is. */
export function putFloat(bits: Bits, value: number): void {
  float[0] = value
  putBits(bits, floatBits[0]!, 32)
}

export function takeFloat(bits: Bits): number {
  floatBits[0] = takeBits(bits, 32)
  return float[0]!
}

const double = new Float64Array(1)
const doubleBits = new Uint32Array(double.buffer)

/** What a number is written as. */
const ZERO = 0
const WHOLE = 1
const FLOAT = 2
const DOUBLE = 3
const TWO_32 = 2 ** 32

/** Any number: 0, whole ones and those that a float32 holds take less room than others. */
export function putNumber(bits: Bits, value: number): void {
  if (Object.is(value, 0)) putBits(bits, ZERO, 2)
  else if (Number.isSafeInteger(value) && value > 0) {
    const high = Math.floor(value / TWO_32)
    const width = high > 0 ? 32 + widthOf(high) : widthOf(value)
    putBits(bits, (WHOLE << 6) | width, 8)
    if (high > 0) putBits(bits, high, width - 32)
    putBits(bits, value, Math.min(width, 32))
  } else if (Math.fround(value) === value) {
    putBits(bits, FLOAT, 2)
    putFloat(bits, value)
  } else {
    putBits(bits, DOUBLE, 2)
    double[0] = value
    putBits(bits, doubleBits[1]!, 32)
    putBits(bits, doubleBits[0]!, 32)
  }
}

export function takeNumber(bits: Bits): number {
  const kind = takeBits(bits, 2)
  if (kind === ZERO) return 0
  if (kind === FLOAT) return takeFloat(bits)
  if (kind === DOUBLE) {
    doubleBits[1] = takeBits(bits, 32)
    doubleBits[0] = takeBits(bits, 32)
    return double[0]!
  }
  const width = takeBits(bits, 6)
  if (width <= 32) return takeBits(bits, width)
  const high = takeBits(bits, width - 32)
  return high * TWO_32 + takeBits(bits, 32)
}

const ASCII_WIDTH = 7
const UNIT_WIDTH = 16

/** A text, in 7 bits a character where it is plain. */
export function putText(bits: Bits, text: string): void {
  let widest = 0
  for (let at = 0; at < text.length; at++) widest |= text.charCodeAt(at)
  const width = widest < 1 << ASCII_WIDTH ? ASCII_WIDTH : UNIT_WIDTH
  putCount(bits, text.length)
  putBits(bits, width === ASCII_WIDTH ? 0 : 1, 1)
  for (let at = 0; at < text.length; at++) putBits(bits, text.charCodeAt(at), width)
}

export function takeText(bits: Bits): string {
  const length = takeSize(bits, ASCII_WIDTH)
  const width = takeBits(bits, 1) === 0 ? ASCII_WIDTH : UNIT_WIDTH
  let text = ''
  for (let at = 0; at < length; at++) text += String.fromCharCode(takeBits(bits, width))
  return text
}

/** Bytes, as they are, from the next whole byte on. */
export function putBytes(bits: Bits, bytes: Uint8Array): void {
  putCount(bits, bytes.length)
  const start = (bits.at + 7) >>> 3
  while (start + bytes.length > bits.bytes.length) grow(bits)
  bits.bytes.set(bytes, start)
  bits.at = (start + bytes.length) * 8
}

export function takeBytes(bits: Bits): Uint8Array<ArrayBuffer> {
  const length = takeCount(bits)
  const start = (bits.at + 7) >>> 3
  if (start + length > bits.bytes.length) throw endedEarly()
  bits.at = (start + length) * 8
  return bits.bytes.slice(start, start + length)
}
