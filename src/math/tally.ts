/**
 * Tally: faded counts of the things an agent was seen with, by key, in bounded memory.
 *
 * An open-addressing table of 30-bit keys and float32 weights. When it is full the lightest quarter
 * is dropped at once, so that the cost of forgetting is shared by the additions in between.
 *
 * Cost      8 bytes a key stored; O(1) to look up and, on average, to add.
 * Blind to  Two keys that collide (1 in 10⁷ for a full table of 128) are taken for one.
 */
import { bytesOf, floatsOf, integersOf } from './bytes.ts'

export interface Tally {
  /** 0 marks a free place. */
  keys: Int32Array
  weights: Float32Array
  size: number
  /** Weight of everything ever added, whether its key is still held or not. */
  total: number
  /** The part of `total` whose key was not held when it was added. */
  novel: number
  readonly sizeMax: number
}

const CAPACITY_MIN = 8
/** Shared by all that hold nothing yet, and never written to: most groups' shares stay empty. */
const NO_KEYS = new Int32Array(CAPACITY_MIN)
const NO_WEIGHTS = new Float32Array(CAPACITY_MIN)

export function blankTally(sizeMax: number): Tally {
  return {
    keys: NO_KEYS,
    weights: NO_WEIGHTS,
    size: 0,
    total: 0,
    novel: 0,
    sizeMax,
  }
}

/** The weight of a key, 0 where it is not held. */
export function weightOf(tally: Tally, key: number): number {
  const { keys } = tally
  const mask = keys.length - 1
  let place = key & mask
  for (;;) {
    const held = keys[place]!
    if (held === key) return tally.weights[place]!
    if (held === 0) return 0
    place = (place + 1) & mask
  }
}

/** Adds weight to a key. Answers whether the key was not held before. */
export function addTo(tally: Tally, key: number, weight: number): boolean {
  tally.total += weight
  const isNew = deposit(tally, key, weight)
  if (isNew) tally.novel += weight
  return isNew
}

function deposit(tally: Tally, key: number, weight: number): boolean {
  if (tally.keys === NO_KEYS) {
    tally.keys = new Int32Array(CAPACITY_MIN)
    tally.weights = new Float32Array(CAPACITY_MIN)
  }
  const { keys, weights } = tally
  const mask = keys.length - 1
  let place = key & mask
  for (;;) {
    const held = keys[place]!
    if (held === key) {
      weights[place] = weights[place]! + weight
      return false
    }
    if (held === 0) break
    place = (place + 1) & mask
  }
  keys[place] = key
  weights[place] = weight
  tally.size++
  if (tally.size > tally.sizeMax) prune(tally)
  else if (tally.size * 4 > keys.length * 3) grow(tally)
  return true
}

/** Largest table that a tally which is made blank keeps: to empty more costs more than a new one. */
const KEPT_MAX = 8 * CAPACITY_MIN

/** Makes it blank again. */
export function clearTally(tally: Tally): void {
  tally.total = 0
  tally.novel = 0
  if (tally.size === 0) return
  tally.size = 0
  if (tally.keys.length > KEPT_MAX) {
    tally.keys = NO_KEYS
    tally.weights = NO_WEIGHTS
    return
  }
  tally.keys.fill(0)
  tally.weights.fill(0)
}

/** Multiplies every weight: forward decay moves its landmark. */
export function scaleTally(tally: Tally, factor: number): void {
  const { weights } = tally
  if (weights === NO_WEIGHTS) {
    tally.total *= factor
    return
  }
  for (let place = 0; place < weights.length; place++) weights[place] = weights[place]! * factor
  tally.total *= factor
  tally.novel *= factor
}

/**
 * Takes everything `from` holds into `into`; the two have the same landmark. What both have met was
 * new only once; how much a first meeting weighed is taken to be the average of `from`.
 */
export function mergeTally(into: Tally, from: Tally): void {
  into.total += from.total
  if (from.size === 0) return
  const first = from.novel / from.size
  const keys = keysInOrder(from)
  const { size } = from
  for (let at = 0; at < size; at++) {
    const key = keys[at]!
    if (deposit(into, key, weightOf(from, key))) into.novel += first
  }
}

/** Up to so many keys are put in order one by one, which is faster than to call for a sort. */
const INSERTED_MAX = 24
let ordered = new Int32Array(256)

/**
 * The keys held, in order: the first `size` of what is answered, which is written over by the next
 * call. What depends on an order must not depend on how the keys came.
 */
export function keysInOrder({ keys, size }: Tally): Int32Array {
  if (size > ordered.length) ordered = new Int32Array(2 * size)
  let filled = 0
  for (let place = 0; filled < size; place++) {
    const key = keys[place]!
    if (key === 0) continue
    let at = filled++
    if (size <= INSERTED_MAX) {
      for (; at > 0 && ordered[at - 1]! > key; at--) ordered[at] = ordered[at - 1]!
    }
    ordered[at] = key
  }
  if (size > INSERTED_MAX) ordered.subarray(0, size).sort()
  return ordered
}

/** Keys and weights, by key: the order says nothing of how they came. */
export function entriesOf({ keys, weights }: Tally): [key: number, weight: number][] {
  const entries: [number, number][] = []
  for (let place = 0; place < keys.length; place++) {
    if (keys[place] !== 0) entries.push([keys[place]!, weights[place]!])
  }
  return entries.sort((a, b) => a[0] - b[0])
}

/** Drops the lightest quarter; among equals those with the larger key. */
function prune(tally: Tally): void {
  const { keys, weights, size } = tally
  const kept = Math.ceil(tally.sizeMax * 0.75)
  if (size > prunedKeys.length) {
    prunedKeys = new Int32Array(2 * size)
    prunedWeights = new Float32Array(2 * size)
  }
  let filled = 0
  for (let place = 0; filled < size; place++) {
    if (keys[place] !== 0) prunedWeights[filled++] = weights[place]!
  }
  const least = prunedWeights.subarray(0, size).sort()[size - kept]!

  filled = 0
  const equals: number[] = []
  for (let place = 0; place < keys.length; place++) {
    const key = keys[place]!
    if (key === 0 || weights[place]! < least) continue
    if (weights[place] === least) {
      equals.push(key)
      continue
    }
    prunedKeys[filled] = key
    prunedWeights[filled++] = weights[place]!
  }
  equals.sort((a, b) => a - b)
  for (let at = 0; filled < kept; at++) {
    prunedKeys[filled] = equals[at]!
    prunedWeights[filled++] = least
  }
  keys.fill(0)
  weights.fill(0)
  tally.size = kept
  for (let at = 0; at < kept; at++) put(keys, weights, prunedKeys[at]!, prunedWeights[at]!)
}

let prunedKeys = new Int32Array(256)
let prunedWeights = new Float32Array(256)

function grow(tally: Tally): void {
  const { keys, weights } = tally
  tally.keys = new Int32Array(2 * keys.length)
  tally.weights = new Float32Array(2 * keys.length)
  for (let place = 0; place < keys.length; place++) {
    if (keys[place] !== 0) put(tally.keys, tally.weights, keys[place]!, weights[place]!)
  }
}

function put(keys: Int32Array, weights: Float32Array, key: number, weight: number): void {
  const mask = keys.length - 1
  let place = key & mask
  while (keys[place] !== 0) place = (place + 1) & mask
  keys[place] = key
  weights[place] = weight
}

function rebuild(tally: Tally, entries: [number, number][], capacity: number): void {
  tally.keys = new Int32Array(capacity)
  tally.weights = new Float32Array(capacity)
  tally.size = entries.length
  for (const [key, weight] of entries) put(tally.keys, tally.weights, key, weight)
}

/** A tally at rest: its keys and weights as bytes, by key. */
export type SavedTally = readonly [
  keys: Uint8Array,
  weights: Uint8Array,
  total: number,
  novel: number,
]

export function saveTally(tally: Tally): SavedTally {
  const entries = entriesOf(tally)
  const keys = Int32Array.from(entries, ([key]) => key)
  const weights = Float32Array.from(entries, ([, weight]) => weight)
  return [bytesOf(keys), bytesOf(weights), tally.total, tally.novel]
}

export function loadTally(
  [keyBytes, weightBytes, total, novel]: SavedTally,
  sizeMax: number,
): Tally {
  const keys = integersOf(keyBytes)
  const weights = floatsOf(weightBytes)
  const tally = { ...blankTally(sizeMax), total, novel }
  let capacity = CAPACITY_MIN
  while (keys.length * 4 > capacity * 3) capacity *= 2
  const entries = Array.from(keys, (key, at): [number, number] => [key, weights[at]!])
  rebuild(tally, entries, capacity)
  return tally
}
