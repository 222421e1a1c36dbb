import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bitsIn, bitsWritten } from '../../src/math/bits.ts'
import { bytesOf } from '../../src/math/bytes.ts'
import * as math from '../../src/math/tally.ts'
import {
  areBlank,
  clearTallies,
  loadTallies,
  novelOf,
  putAlike,
  putTally,
  scaleTallies,
  sizeOf,
  type Tallies,
  takeAlike,
  takeTally,
  tallyFrom,
  totalOf,
} from '../../src/math/tally.ts'

/** The tally looked at lies between two others. */
const AT = 1
const OTHERS = [0, 2]
const sizesFor = (sizeMax: number) => [8, sizeMax, 8]
const blankTally = (sizeMax: number) => math.blankTallies(sizesFor(sizeMax))
const addTo = (tallies: Tallies, key: number, weight: number) =>
  math.addTo(tallies, AT, key, weight)
const weightOf = (tallies: Tallies, key: number) => math.weightOf(tallies, AT, key)
const entriesOf = (tallies: Tallies) => math.entriesOf(tallies, AT)
const saveTally = (tallies: Tallies, at: number) =>
  bitsWritten((bits) => putTally(bits, tallies, at, []))
const mergeTally = (into: Tallies, from: Tallies) => math.mergeTally(into, from, AT)

const SIZE_MAX = 16
/** Weights so small that no sum of them is rounded, so that the oracle may be exact. */
const additions = (keyMax: number) =>
  fc.array(fc.tuple(fc.integer({ min: 1, max: keyMax }), fc.integer({ min: 1, max: 2 })), {
    maxLength: 200,
  })

/** The obvious version: a Map, of which the lightest quarter is forgotten when it is too large. */
function oracle(added: readonly (readonly [number, number])[], sizeMax: number) {
  let held = new Map<number, number>()
  let total = 0
  let novel = 0
  for (const [key, weight] of added) {
    total += weight
    if (!held.has(key)) novel += weight
    held.set(key, (held.get(key) ?? 0) + weight)
    if (held.size <= sizeMax) continue
    const heaviestFirst = [...held].sort((a, b) => b[1] - a[1] || a[0] - b[0])
    held = new Map(heaviestFirst.slice(0, Math.ceil(sizeMax * 0.75)))
  }
  return { held, total, novel }
}

function tallyOf(added: readonly (readonly [number, number])[], sizeMax = SIZE_MAX): Tallies {
  const tally = blankTally(sizeMax)
  for (const [key, weight] of added) addTo(tally, key, weight)
  return tally
}

describe('a tally', () => {
  it('holds what a map would hold, forgetting included', () => {
    fc.assert(
      fc.property(additions(40), (added) => {
        const { held, total, novel } = oracle(added, SIZE_MAX)
        const tally = tallyOf(added)
        expect(new Map(entriesOf(tally))).toEqual(held)
        expect([sizeOf(tally, AT), totalOf(tally, AT), novelOf(tally, AT)]).toEqual([
          held.size,
          total,
          novel,
        ])
        for (let key = 1; key <= 40; key++) expect(weightOf(tally, key)).toBe(held.get(key) ?? 0)
      }),
    )
  })

  it('finds keys that begin at the same place of the table', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 60 }), (places) => {
        const keys = places.map((place) => 7 + place * 2 ** 20)
        const tally = tallyOf(
          keys.map((key, at) => [key, at + 1] as const),
          64,
        )
        keys.forEach((key, at) => {
          expect(weightOf(tally, key)).toBe(at + 1)
        })
        expect(weightOf(tally, 7 + 61 * 2 ** 20)).toBe(0)
      }),
    )
  })

  it('leaves those it shares its memory with as they were', () => {
    fc.assert(
      fc.property(additions(400), (added) => {
        const tallies = blankTally(256)
        for (const other of OTHERS) for (const key of [7, 8]) math.addTo(tallies, other, key, 3)
        for (const [key, weight] of added) addTo(tallies, key, weight)
        for (const other of OTHERS) {
          expect(math.entriesOf(tallies, other)).toEqual([
            [7, 3],
            [8, 3],
          ])
          expect(totalOf(tallies, other)).toBe(6)
        }
        expect(new Map(entriesOf(tallies))).toEqual(oracle(added, 256).held)
      }),
    )
  })

  it('is blank until something is added, and once it is cleared', () => {
    fc.assert(
      fc.property(additions(400), (added) => {
        const tallies = tallyOf(added, 256)
        expect(areBlank(tallies)).toBe(added.length === 0)
        clearTallies(tallies)
        expect(areBlank(tallies)).toBe(true)
        expect(entriesOf(tallies)).toEqual([])
        for (const [key, weight] of added) addTo(tallies, key, weight)
        expect(saveTally(tallies, AT)).toEqual(saveTally(tallyOf(added, 256), AT))
      }),
    )
  })

  it('says of every addition whether its key was held', () => {
    const tally = blankTally(4)
    expect([addTo(tally, 5, 1), addTo(tally, 5, 1), addTo(tally, 6, 1)]).toEqual([
      true,
      false,
      true,
    ])
  })

  it('never holds more than it may', () => {
    for (const sizeMax of [1, 3, 4, 8, 64, 100]) {
      const tally = blankTally(sizeMax)
      for (let key = 1; key <= 1000; key++) {
        addTo(tally, key, 1 + (key % 7))
        expect(sizeOf(tally, AT)).toBeLessThanOrEqual(sizeMax)
      }
      expect(entriesOf(tally)).toHaveLength(sizeOf(tally, AT))
      expect(totalOf(tally, AT)).toBe(sumOf(1000))
    }
  })

  it('keeps the heavy keys through a flood of light ones', () => {
    const tally = blankTally(SIZE_MAX)
    for (let key = 1; key <= 5; key++) addTo(tally, key, 1000)
    for (let key = 100; key < 5000; key++) addTo(tally, key, 1)
    for (let key = 1; key <= 5; key++) expect(weightOf(tally, key)).toBe(1000)
  })

  it('comes back from storage to the bit, and goes on to the bit', () => {
    fc.assert(
      fc.property(additions(40), additions(40), (before, after) => {
        const tally = tallyOf(before)
        const saved = takeTally(bitsIn(saveTally(tally, AT)), [])
        const loaded = loadTallies([undefined, saved], sizesFor(SIZE_MAX))
        for (const [key, weight] of after) {
          expect(addTo(loaded, key, weight / 7)).toBe(addTo(tally, key, weight / 7))
        }
        expect(saveTally(loaded, AT)).toEqual(saveTally(tally, AT))
      }),
    )
  })

  it('rests with others of nearly the same keys, and comes back as if alone', () => {
    fc.assert(
      fc.property(additions(40), additions(40), (left, right) => {
        const both = tallyOf(left, 256)
        for (const [key, weight] of right) math.addTo(both, OTHERS[1]!, key, weight / 3)
        const ats = [AT, ...OTHERS]
        const saved = takeAlike(
          bitsIn(bitsWritten((bits) => putAlike(bits, both, ats, []))),
          ats.length,
          [],
        )
        const loaded = loadTallies([saved[1], saved[0], saved[2]], sizesFor(256))
        for (const at of ats) expect(saveTally(loaded, at)).toEqual(saveTally(both, at))
      }),
    )
  })

  it('loads as it was stored before keys had 26 bits: two that are one by now are joined', () => {
    const wide = [5, 9, 5 + 2 ** 26]
    const plain = [bytesOf(Int32Array.from(wide)), bytesOf(Float32Array.of(1, 2, 4)), 7.1, 7.1]
    const loaded = loadTallies([undefined, tallyFrom(plain as never)], sizesFor(SIZE_MAX))
    expect(entriesOf(loaded)).toEqual([
      [5, 5],
      [9, 2],
    ])
    expect(weightOf(loaded, 5 + 2 ** 26)).toBe(5)
    expect(totalOf(loaded, AT)).toBe(Math.fround(7.1))
  })

  it('counts little by little what is more than its weights can tell', () => {
    const [tally, many] = [blankTally(SIZE_MAX), 20_000]
    for (let at = 0; at < many; at++) for (const key of [1, 2, 3]) addTo(tally, key, 1)
    for (const key of [1, 2, 3]) {
      expect(Math.abs(weightOf(tally, key) / many - 1)).toBeLessThan(0.15)
    }
  })

  it('adds up with another as if one had met all, in either order', () => {
    fc.assert(
      fc.property(additions(16), additions(16), (left, right) => {
        const merged = tallyOf(left)
        mergeTally(merged, tallyOf(right))
        const reversed = tallyOf(right)
        mergeTally(reversed, tallyOf(left))
        const both = tallyOf([...left, ...right])
        expect(entriesOf(merged)).toEqual(entriesOf(both))
        expect(entriesOf(reversed)).toEqual(entriesOf(both))
        expect(totalOf(merged, AT)).toBe(totalOf(both, AT))
        // What weighed differently when either met it first is known on average only.
        for (const novel of [novelOf(merged, AT), novelOf(reversed, AT)]) {
          expect(novel).toBeGreaterThanOrEqual(0)
          expect(novel).toBeLessThanOrEqual(
            novelOf(tallyOf(left), AT) + novelOf(tallyOf(right), AT) + 1e-5,
          )
        }
      }),
    )
  })

  it('adds up exactly, first meetings too, where the two have met different things', () => {
    fc.assert(
      fc.property(additions(7), additions(7), (left, right) => {
        const apart = right.map(([key, weight]) => [key + 8, weight] as const)
        const merged = tallyOf(left)
        mergeTally(merged, tallyOf(apart))
        expect(novelOf(merged, AT)).toBeCloseTo(novelOf(tallyOf([...left, ...apart]), AT), 5)
      }),
    )
  })

  it('keeps every share when its landmark moves', () => {
    fc.assert(
      fc.property(additions(16), (added) => {
        const tally = tallyOf(added)
        const moved = tallyOf(added)
        scaleTallies(moved, 2 ** -32)
        expect(totalOf(moved, AT)).toBe(totalOf(tally, AT) * 2 ** -32)
        expect(novelOf(moved, AT)).toBe(novelOf(tally, AT) * 2 ** -32)
        expect(entriesOf(moved)).toEqual(
          entriesOf(tally).map(([key, weight]) => [key, weight * 2 ** -32]),
        )
      }),
    )
  })
})

/** What a thousand additions of 1 to 7 come to. */
function sumOf(count: number): number {
  let sum = 0
  for (let key = 1; key <= count; key++) sum += 1 + (key % 7)
  return sum
}
