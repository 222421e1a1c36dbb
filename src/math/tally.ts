/**
 * Tallies: faded counts of the things an agent was seen with, by key, in bounded memory.
 *
 * Open-addressing tables of the low 26 bits of keys and of fine weights. When one is full the lightest quarter
 * is dropped at once, so that the cost of forgetting is shared by the additions in between. Tallies
 * that are read together share one buffer: what each event costs is the memory it has to fetch.
 *
 * Source    Hoare (1961), "Algorithm 65: Find", CACM, for the weight up to which is dropped.
 * Cost      16 bytes a place, of which a quarter or more stays free, and 6 bytes a key at rest; O(1) to
 *           look up and, on average, to add.
 * Blind to  Two keys that collide are taken for one: 1 in 350,000 for a full table of 192.
 */
import { type Bits, putBits, putFloat, takeBits, takeFloat, unfit, widthOf } from './bits.ts'
import { floatsOf, integersOf } from './bytes.ts'
import { fine } from './coarse.ts'
import { putKeys, putPlaces, putWeights, takeKeys, takePlaces, takeWeights } from './columns.ts'

export interface Tallies {
  /**
   * The heads of all, then their tables: places of a key and its weight, where a key of 0 marks a
   * free one. Replaced where a table grows.
   */
  cells: Float64Array
  /** Most keys that each holds. */
  readonly sizesMax: readonly number[]
}

/** Weight of everything ever added, whether its key is still held or not. */
const TOTAL = 0
/** The part of the total whose key was not held when it was added. */
const NOVEL = 1
const SIZE = 2
/** Where the table begins, and what a cell's distance from there is masked with. */
const TABLE = 3
const MASK = 4
const HEAD_CELLS = 5

const CAPACITY_MIN = 8

/** Of a key so many bits are held: what an agent keeps is mostly keys. 0 marks a free place. */
const KEY_MASK = 2 ** 26 - 1

function heldOf(key: number): number {
  return key & KEY_MASK || 1
}

export function blankTallies(sizesMax: readonly number[]): Tallies {
  return { cells: cellsFor(sizesMax.map(() => CAPACITY_MIN)), sizesMax }
}

function cellsFor(capacities: readonly number[]): Float64Array {
  const places = capacities.reduce((sum, capacity) => sum + capacity, 0)
  const cells = new Float64Array(capacities.length * HEAD_CELLS + 2 * places)
  let table = capacities.length * HEAD_CELLS
  capacities.forEach((capacity, at) => {
    cells[at * HEAD_CELLS + TABLE] = table
    cells[at * HEAD_CELLS + MASK] = 2 * (capacity - 1)
    table += 2 * capacity
  })
  return cells
}

export function totalOf({ cells }: Tallies, at: number): number {
  return cells[at * HEAD_CELLS + TOTAL]!
}

export function novelOf({ cells }: Tallies, at: number): number {
  return cells[at * HEAD_CELLS + NOVEL]!
}

export function sizeOf({ cells }: Tallies, at: number): number {
  return cells[at * HEAD_CELLS + SIZE]!
}

/** The weight of a key, 0 where it is not held. */
export function weightOf({ cells }: Tallies, at: number, key: number): number {
  return cells[placeOf(cells, at, heldOf(key)) + 1]!
}

/** The cell that holds the key, or the free one that would. */
function placeOf(cells: Float64Array, at: number, key: number): number {
  const table = cells[at * HEAD_CELLS + TABLE]! | 0
  const mask = cells[at * HEAD_CELLS + MASK]! | 0
  let distance = (key << 1) & mask
  for (;;) {
    const held = cells[table + distance]!
    if (held === key || held === 0) return table + distance
    distance = (distance + 2) & mask
  }
}

/** Adds weight to a key. Answers whether the key was not held before. */
export function addTo(tallies: Tallies, at: number, key: number, weight: number): boolean {
  const { cells } = tallies
  const head = at * HEAD_CELLS
  cells[head + TOTAL] = Math.fround(cells[head + TOTAL]! + weight)
  if (!deposit(tallies, at, heldOf(key), weight)) return false
  tallies.cells[head + NOVEL] = Math.fround(tallies.cells[head + NOVEL]! + weight)
  return true
}

function deposit(tallies: Tallies, at: number, key: number, weight: number): boolean {
  const { cells } = tallies
  const place = placeOf(cells, at, key)
  const head = at * HEAD_CELLS
  const total = cells[head + TOTAL]!
  if (cells[place] === key) {
    cells[place + 1] = fine(cells[place + 1]! + weight, total, key)
    return false
  }
  cells[place] = key
  cells[place + 1] = fine(weight, total, key)
  const size = cells[head + SIZE]! + 1
  cells[head + SIZE] = size
  if (size > tallies.sizesMax[at]!) prune(tallies, at)
  else if (size * 8 > (cells[head + MASK]! + 2) * 3) grow(tallies, at)
  return true
}

/** Growth over what is blank that tallies keep: to empty more costs more than to begin anew. */
const KEPT_GROWTH_MAX = 8

/** Whether nothing was added to any of them. */
export function areBlank(tallies: Tallies): boolean {
  for (let at = 0; at < tallies.sizesMax.length; at++) if (!isBlank(tallies, at)) return false
  return true
}

/** Makes all of them blank again. */
export function clearTallies(tallies: Tallies): void {
  const { cells, sizesMax } = tallies
  if (cells.length > sizesMax.length * (HEAD_CELLS + 2 * CAPACITY_MIN) * KEPT_GROWTH_MAX) {
    tallies.cells = blankTallies(sizesMax).cells
    return
  }
  // One by one: most hold nothing or little, and calling `fill` would take longer.
  for (let at = 0; at < sizesMax.length; at++) {
    const head = at * HEAD_CELLS
    const start = cells[head + TABLE]! | 0
    const end = cells[head + SIZE]! > 0 ? start + (cells[head + MASK]! | 0) + 2 : start
    for (let cell = start; cell < end; cell++) cells[cell] = 0
    cells[head + TOTAL] = 0
    cells[head + NOVEL] = 0
    cells[head + SIZE] = 0
  }
}

/** Multiplies every weight: forward decay moves its landmark. */
export function scaleTallies({ cells, sizesMax }: Tallies, factor: number): void {
  for (let at = 0; at < sizesMax.length; at++) {
    const head = at * HEAD_CELLS
    cells[head + TOTAL] = Math.fround(cells[head + TOTAL]! * factor)
    cells[head + NOVEL] = Math.fround(cells[head + NOVEL]! * factor)
  }
  for (let cell = sizesMax.length * HEAD_CELLS + 1; cell < cells.length; cell += 2) {
    cells[cell] = Math.fround(cells[cell]! * factor)
  }
}

/**
 * Takes everything a tally of `from` holds into the same of `into`; they have the same landmark. What
 * both have met was new only once; how much a first meeting weighed is taken to be the average of
 * `from`. Its keys come in order: what is dropped on the way must not depend on how they were met.
 */
export function mergeTally(
  into: Tallies,
  from: Tallies,
  at: number,
  keys: Int32Array = keysInOrder(from, at),
): void {
  const head = at * HEAD_CELLS
  into.cells[head + TOTAL] = Math.fround(into.cells[head + TOTAL]! + totalOf(from, at))
  const size = sizeOf(from, at)
  if (size === 0) return
  const first = novelOf(from, at) / size
  for (let nth = 0; nth < size; nth++) {
    const key = keys[nth]!
    if (!deposit(into, at, key, weightOf(from, at, key))) continue
    into.cells[head + NOVEL] = Math.fround(into.cells[head + NOVEL]! + first)
  }
}

/** Up to so many keys are put in order one by one, which is faster than to call for a sort. */
const INSERTED_MAX = 24
let ordered = new Int32Array(256)

/**
 * The keys held, in order: the first `sizeOf` of what is answered, which is written over by the next
 * call. What depends on an order must not depend on how the keys came.
 */
export function keysInOrder({ cells }: Tallies, at: number): Int32Array {
  const size = cells[at * HEAD_CELLS + SIZE]!
  if (size > ordered.length) ordered = new Int32Array(2 * size)
  let filled = 0
  for (let place = cells[at * HEAD_CELLS + TABLE]!; filled < size; place += 2) {
    const key = cells[place]!
    if (key === 0) continue
    let nth = filled++
    if (size <= INSERTED_MAX) {
      for (; nth > 0 && ordered[nth - 1]! > key; nth--) ordered[nth] = ordered[nth - 1]!
    }
    ordered[nth] = key
  }
  if (size > INSERTED_MAX) ordered.subarray(0, size).sort()
  return ordered
}

/** Keys and weights, by key: the order says nothing of how they came. */
export function entriesOf(tallies: Tallies, at: number): [key: number, weight: number][] {
  const keys = keysInOrder(tallies, at).subarray(0, sizeOf(tallies, at))
  return Array.from(keys, (key) => [key, weightOf(tallies, at, key)])
}

/** Drops the lightest quarter; among equals those with the larger key. */
function prune({ cells, sizesMax }: Tallies, at: number): void {
  const head = at * HEAD_CELLS
  const size = cells[head + SIZE]!
  const start = cells[head + TABLE]!
  const end = start + cells[head + MASK]! + 2
  const kept = Math.ceil(sizesMax[at]! * 0.75)
  if (size > prunedKeys.length) {
    prunedKeys = new Int32Array(2 * size)
    prunedWeights = new Float32Array(2 * size)
  }
  let filled = 0
  for (let place = start; filled < size; place += 2) {
    if (cells[place] !== 0) prunedWeights[filled++] = cells[place + 1]!
  }
  const least = nthLeast(prunedWeights, size, size - kept)

  filled = 0
  const equals: number[] = []
  for (let place = start; place < end; place += 2) {
    const key = cells[place]!
    if (key === 0 || cells[place + 1]! < least) continue
    if (cells[place + 1] === least) {
      equals.push(key)
      continue
    }
    prunedKeys[filled] = key
    prunedWeights[filled++] = cells[place + 1]!
  }
  equals.sort((a, b) => a - b)
  for (let nth = 0; filled < kept; nth++) {
    prunedKeys[filled] = equals[nth]!
    prunedWeights[filled++] = least
  }
  cells.fill(0, start, end)
  cells[head + SIZE] = kept
  for (let nth = 0; nth < kept; nth++) put(cells, at, prunedKeys[nth]!, prunedWeights[nth]!)
}

/** The weight at the place `nth` if the first `size` were in order, as they are far enough to tell. */
function nthLeast(weights: Float32Array, size: number, nth: number): number {
  let first = 0
  let last = size - 1
  while (first < last) {
    const pivot = weights[nth]!
    let left = first
    let right = last
    while (left <= right) {
      while (weights[left]! < pivot) left++
      while (weights[right]! > pivot) right--
      if (left > right) break
      const lighter = weights[right]!
      weights[right--] = weights[left]!
      weights[left++] = lighter
    }
    if (right < nth) first = left
    if (left > nth) last = right
  }
  return weights[nth]!
}

let prunedKeys = new Int32Array(256)
let prunedWeights = new Float32Array(256)

/** Doubles a table; those behind it move on. */
function grow(tallies: Tallies, at: number): void {
  const { cells } = tallies
  const head = at * HEAD_CELLS
  const length = cells[head + MASK]! + 2
  const start = cells[head + TABLE]!
  const grown = new Float64Array(cells.length + length)
  grown.set(cells.subarray(0, start))
  grown.set(cells.subarray(start + length), start + 2 * length)
  grown[head + MASK] = 2 * length - 2
  for (let behind = at + 1; behind < tallies.sizesMax.length; behind++) {
    const table = behind * HEAD_CELLS + TABLE
    grown[table] = grown[table]! + length
  }
  for (let place = start; place < start + length; place += 2) {
    if (cells[place] !== 0) put(grown, at, cells[place]!, cells[place + 1]!)
  }
  tallies.cells = grown
}

function put(cells: Float64Array, at: number, key: number, weight: number): void {
  const place = placeOf(cells, at, key)
  cells[place] = key
  cells[place + 1] = weight
}

/** A tally at rest. */
export interface SavedTally {
  readonly keys: Int32Array
  readonly weights: Float32Array
  readonly total: number
  readonly novel: number
}

/** Writes a tally, by key, after others with the totals that were `told`. */
export function putTally(bits: Bits, tallies: Tallies, at: number, told: number[]): void {
  if (isBlank(tallies, at)) {
    putBits(bits, 0, 1)
    return
  }
  putBits(bits, 1, 1)
  const size = sizeOf(tallies, at)
  const keys = keysInOrder(tallies, at)
  putKeys(bits, keys, size)
  putCounts(bits, tallies, at, keys, size, told)
}

/**
 * Reads what `putTally` wrote; undefined where it was blank. Without `told` every total in full, as
 * they rested at first.
 */
export function takeTally(bits: Bits, told?: number[] | undefined): SavedTally | undefined {
  return takeBits(bits, 1) === 0 ? undefined : takeCounts(bits, takeKeys(bits), told)
}

/** Writes tallies of nearly the same keys: these once for all. */
export function putAlike(
  bits: Bits,
  tallies: Tallies,
  ats: readonly number[],
  told: number[],
): void {
  const held = ats.map((at) => keysInOrder(tallies, at).slice(0, sizeOf(tallies, at)))
  const all = Int32Array.from(new Set(held.flatMap((keys) => [...keys]))).sort()
  putKeys(bits, all, all.length)
  ats.forEach((at, nth) => {
    const keys = held[nth]!
    putBits(bits, isBlank(tallies, at) ? 0 : 1, 1)
    if (isBlank(tallies, at)) return
    putPlaces(
      bits,
      Array.from(keys, (key) => all.indexOf(key)),
      all.length,
    )
    putCounts(bits, tallies, at, keys, keys.length, told)
  })
}

/** Reads what `putAlike` wrote of so many; see `takeTally`. */
export function takeAlike(
  bits: Bits,
  count: number,
  told?: number[] | undefined,
): (SavedTally | undefined)[] {
  const all = takeKeys(bits)
  return Array.from({ length: count }, () => {
    if (takeBits(bits, 1) === 0) return undefined
    return takeCounts(
      bits,
      Int32Array.from(takePlaces(bits, all.length), (place) => all[place] ?? 0),
      told,
    )
  })
}

/** Whether nothing was added to it. */
export function isBlank({ cells }: Tallies, at: number): boolean {
  return cells[at * HEAD_CELLS + SIZE] === 0 && cells[at * HEAD_CELLS + TOTAL] === 0
}

let putWeighed = new Float32Array(256)

function putCounts(
  bits: Bits,
  tallies: Tallies,
  at: number,
  keys: Int32Array,
  size: number,
  told: number[],
): void {
  if (size > putWeighed.length) putWeighed = new Float32Array(2 * size)
  for (let nth = 0; nth < size; nth++) putWeighed[nth] = weightOf(tallies, at, keys[nth]!)
  putWeights(bits, putWeighed, size)
  putTotal(bits, totalOf(tallies, at), told)
  putTotal(bits, novelOf(tallies, at), told)
}

/** A float32 in full, or which of those told: what every event says is counted alike by several. */
function putTotal(bits: Bits, total: number, told: number[]): void {
  const place = told.indexOf(total)
  putBits(bits, place < 0 ? 0 : 1, 1)
  if (place >= 0) {
    putBits(bits, place, widthOf(told.length))
    return
  }
  putFloat(bits, total)
  told.push(total)
}

function takeTotal(bits: Bits, told: number[]): number {
  if (takeBits(bits, 1) === 1) {
    const total = told[takeBits(bits, widthOf(told.length))]
    if (total === undefined) throw unfit('a total is said to be one that was not told')
    return total
  }
  const total = takeFloat(bits)
  told.push(total)
  return total
}

function takeCounts(bits: Bits, keys: Int32Array, told: number[] | undefined): SavedTally {
  const weights = takeWeights(bits, keys.length)
  if (told !== undefined) {
    return { keys, weights, total: takeTotal(bits, told), novel: takeTotal(bits, told) }
  }
  return { keys, weights, total: takeFloat(bits), novel: takeFloat(bits) }
}

/** As tallies rested before weights were fine and keys had fewer bits: as bytes, by key. */
export type PlainTally = readonly [
  keys: Uint8Array,
  weights: Uint8Array,
  total: number,
  novel: number,
]

export function tallyFrom([keyBytes, weightBytes, total, novel]: PlainTally): SavedTally {
  const weights = new Map<number, number>()
  const given = floatsOf(weightBytes)
  integersOf(keyBytes).forEach((wide, nth) => {
    const key = heldOf(wide)
    weights.set(key, fine((weights.get(key) ?? 0) + given[nth]!, total, key))
  })
  return {
    keys: Int32Array.from(weights.keys()),
    weights: Float32Array.from(weights.values()),
    total: Math.fround(total),
    novel: Math.fround(novel),
  }
}

/** One that was not saved is blank. */
export function loadTallies(
  saved: readonly (SavedTally | undefined)[],
  sizesMax: readonly number[],
): Tallies {
  const capacities = sizesMax.map((_, at) => {
    const length = saved[at]?.keys.length ?? 0
    let capacity = CAPACITY_MIN
    while (length * 4 > capacity * 3) capacity *= 2
    return capacity
  })
  const cells = cellsFor(capacities)
  saved.forEach((tally, at) => {
    if (tally === undefined || at >= sizesMax.length) return
    const { keys, weights, total, novel } = tally
    for (let nth = 0; nth < keys.length; nth++) put(cells, at, keys[nth]!, weights[nth]!)
    cells[at * HEAD_CELLS + TOTAL] = total
    cells[at * HEAD_CELLS + NOVEL] = novel
    cells[at * HEAD_CELLS + SIZE] = keys.length
  })
  return { cells, sizesMax }
}
