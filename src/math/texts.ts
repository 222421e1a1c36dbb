/**
 * Texts: names that a memory keeps for its reader, in as few bits as what was written before allows.
 *
 * What a name has in common with the names before it is copied: a resource and what it lies in begin
 * alike, an action stands in several. What is left is spelled, frequent letters in fewer bits.
 *
 * Source    Storer and Szymanski (1982), "Data compression via textual substitution", JACM.
 * Departs   Only whole names before are copied from, and a few words are taken to be before the first.
 * Cost      About 3 bits a character instead of 7; a search through at most some 1,400 characters for
 *           each part copied.
 */
import {
  type Bits,
  putBits,
  putCount,
  takeBits,
  takeCount,
  takeSize,
  unfit,
  widthOf,
} from './bits.ts'

/** What was written before, in one; it goes on with each name. */
export interface Before {
  text: string
}

/** What baselines say themselves, and verbs of most interfaces. Stored names rely on it: it stays so. */
const WORDS =
  'success failure denied on schedule on prompt on no trigger on event on agent in version read write create update delete list search get'

/** A shorter part costs less when it is spelled. */
const COPY_MIN = 3
/** Frequent letters, in 1 + 3 bits, and other characters of names, in 2 + 5. */
const FREQUENT = 'etaoinsr'
const OTHERS = 'bcdfghjklmpquvwxyz0123456789.-/_'
const FREQUENT_WIDTH = 3
const OTHERS_WIDTH = 5
const ASCII_WIDTH = 7
const UNIT_WIDTH = 16

export const blankBefore = (): Before => ({ text: WORDS })

export function putTexts(bits: Bits, texts: readonly string[], before: Before): void {
  putCount(bits, texts.length)
  for (const text of texts) putAfter(bits, text, before)
}

/** Reads what `putTexts` wrote after the same. Throws MEMORY_INVALID. */
export function takeTexts(bits: Bits, before: Before): string[] {
  return Array.from({ length: takeSize(bits, 1) }, () => takeAfter(bits, before))
}

function putAfter(bits: Bits, text: string, before: Before): void {
  putCount(bits, text.length)
  for (let at = 0; at < text.length; ) {
    const { place, length } = longestIn(before.text, text, at)
    if (length === 0) {
      spell(bits, text, at++)
      continue
    }
    putBits(bits, 0b110, 3)
    putBits(bits, place, widthOf(before.text.length))
    putCount(bits, length - COPY_MIN)
    at += length
  }
  before.text += text
}

/** Where the longest part that begins at `at` stands before; a length of 0 where none of use does. */
function longestIn(before: string, text: string, at: number): { place: number; length: number } {
  let length = 0
  let place = 0
  for (let asked = COPY_MIN; at + asked <= text.length; asked = length + 1) {
    // A longer part stands nowhere before the first place of a shorter one.
    const found = before.indexOf(text.slice(at, at + asked), place)
    if (found < 0) break
    place = found
    length = asked
    while (at + length < text.length && before[place + length] === text[at + length]) length++
  }
  return { place, length }
}

function spell(bits: Bits, text: string, at: number): void {
  const frequent = FREQUENT.indexOf(text[at]!)
  const other = OTHERS.indexOf(text[at]!)
  if (frequent >= 0) putBits(bits, frequent, 1 + FREQUENT_WIDTH)
  else if (other >= 0) putBits(bits, (0b10 << OTHERS_WIDTH) | other, 2 + OTHERS_WIDTH)
  else {
    const unit = text.charCodeAt(at)
    const isPlain = unit < 1 << ASCII_WIDTH
    putBits(bits, isPlain ? 0b1110 : 0b1111, 4)
    putBits(bits, unit, isPlain ? ASCII_WIDTH : UNIT_WIDTH)
  }
}

function takeAfter(bits: Bits, before: Before): string {
  const size = takeCount(bits)
  let text = ''
  while (text.length < size) text += takePart(bits, before.text, size - text.length)
  before.text += text
  return text
}

/** A character or what is copied, at most as many as are left. */
function takePart(bits: Bits, before: string, left: number): string {
  if (takeBits(bits, 1) === 0) return FREQUENT[takeBits(bits, FREQUENT_WIDTH)]!
  if (takeBits(bits, 1) === 0) return OTHERS[takeBits(bits, OTHERS_WIDTH)]!
  if (takeBits(bits, 1) === 0) return takeCopy(bits, before, left)
  const width = takeBits(bits, 1) === 0 ? ASCII_WIDTH : UNIT_WIDTH
  return String.fromCharCode(takeBits(bits, width))
}

function takeCopy(bits: Bits, before: string, left: number): string {
  const place = takeBits(bits, widthOf(before.length))
  const length = takeCount(bits) + COPY_MIN
  if (length > left || place + length > before.length) {
    throw unfit('a name goes on beyond what stands before it')
  }
  return before.slice(place, place + length)
}
