/**
 * Hashes of text: one small and fast for tables, one wide for identity.
 *
 * Source    Fowler, Noll, Vo (1991), FNV-1a; finished with the mixer of Appleby (2011), MurmurHash3.
 * Departs   Works on UTF-16 code units, which JavaScript has at hand, instead of bytes.
 */

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193
/** A second, independent start for the high half of the wide hash. */
const WIDE_OFFSET = 0x9747b28c
/** Bits of a key: it fits a small integer of V8 (31 bit, signed); 0 is kept free to mean "empty". */
export const KEY_WIDTH = 30
const KEY_MASK = 2 ** KEY_WIDTH - 1

/** Spreads every bit of a 32-bit integer over all of them; the answer is signed. */
export function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

const { charCodeAt } = String.prototype

/**
 * The code unit at a place of a text. As a property of the text `charCodeAt` would be looked for unit
 * by unit: V8 has so many kinds of string that it stops telling where each of them keeps it.
 */
export function unitAt(text: string, at: number): number {
  return charCodeAt.call(text, at)
}

/** What a fold begins with. */
export const FOLD_START = FNV_OFFSET

/** Takes one more code unit into a fold. The fold of a beginning is kept where its key is wanted. */
export function foldUnit(fold: number, unit: number): number {
  return Math.imul(fold ^ unit, FNV_PRIME)
}

/** The key of what was folded: in 1 .. 2³⁰−1. */
export function keyOfFold(fold: number): number {
  return mix(fold) & KEY_MASK || 1
}

/** A key in 1 .. 2³⁰−1 for the first `end` code units of a text. */
export function keyOf(text: string, end: number = text.length): number {
  let fold = FNV_OFFSET
  for (let at = 0; at < end; at++) fold = foldUnit(fold, unitAt(text, at))
  return keyOfFold(fold)
}

/** A key in 1 .. 2³⁰−1 for an ordered pair of keys. */
export function pairKey(left: number, right: number): number {
  return mix(Math.imul(left ^ 0x5bd1e995, FNV_PRIME) ^ Math.imul(right, 0x27d4eb2f)) & KEY_MASK || 1
}

/** An identity of 53 bits, as an integer ≥ 1: two of a million texts collide once in 18,000 tries. */
export function wideHash(text: string): number {
  return wideHashOf('', text)
}

/** The identity of two texts put together, without putting them together. */
export function wideHashOf(before: string, text: string): number {
  let low = FNV_OFFSET
  let high = WIDE_OFFSET
  for (let at = 0; at < before.length; at++) {
    const unit = unitAt(before, at)
    low = foldUnit(low, unit)
    high = foldUnit(high, unit)
  }
  for (let at = 0; at < text.length; at++) {
    const unit = unitAt(text, at)
    low = foldUnit(low, unit)
    high = foldUnit(high, unit)
  }
  return (mix(high) & 0x1fffff) * 0x100000000 + (mix(low) >>> 0) || 1
}

/** A UUID (version 8) that the same text always gets. */
export function uuidOf(text: string): string {
  const hex = [text, `${text}\u0001`, `${text}\u0002`]
    .map((part) => wideHash(part).toString(16).padStart(14, '0'))
    .join('')
  const variant = '89ab'[Number.parseInt(hex[31]!, 16) & 3]
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(12, 15)}`]
  return [...parts, `${variant}${hex.slice(15, 18)}`, hex.slice(18, 30)].join('-')
}
