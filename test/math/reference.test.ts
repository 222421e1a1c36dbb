import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '../../src/math/random.ts'
import {
  ALLOWANCE,
  DEVIATION_MAX,
  deviationOf,
  learnValue,
  mergeReference,
  nextSum,
  QUIET_SUM,
  REFERENCE_SIZE,
  type Reference,
  spreadOf,
  unsettle,
} from '../../src/math/reference.ts'

/** A quarter's half-life, day by day. */
const DAILY_GAIN = 2 ** (1 / 84)
const gainOn = (day: number): number => DAILY_GAIN ** day

/** A reference that has seen so many ordinary days around 5. */
function lived(days: number, spread = 0.3): Reference {
  const reference = new Float32Array(REFERENCE_SIZE)
  const chance = random(7)
  for (let day = 0; day < days; day++) {
    learnValue(reference, 0, 5 + chance.normal(0, spread), gainOn(day), gainOn(day))
  }
  return reference
}

describe('a reference', () => {
  it('knows mean and spread of what it has seen', () => {
    const reference = lived(120)
    expect(reference[1]).toBeCloseTo(5, 1)
    expect(spreadOf(reference, 0, gainOn(120))).toBeGreaterThan(0.25)
    expect(spreadOf(reference, 0, gainOn(120))).toBeLessThan(0.36)
  })

  it('is moved by a day by no more than three spreads over its days, whatever the day was', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 150 }),
        fc.oneof(fc.constantFrom(-1e9, 0, 1e9), fc.double({ min: -50, max: 50, noNaN: true })),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (days, value, trust) => {
          const reference = lived(days)
          const gain = gainOn(days)
          const [weight, mean] = [reference[0]! / gain, reference[1]!]
          const spread = spreadOf(reference, 0, gain)
          learnValue(reference, 0, value, trust * gain, gain)
          const most = (DEVIATION_MAX * spread * trust) / (weight + trust)
          expect(Math.abs(reference[1]! - mean)).toBeLessThanOrEqual(most * 1.001 + 1e-6)
        },
      ),
    )
  })

  it('is moved by a drift that stays quiet by less than a hundredth of a spread a day', () => {
    const days = { before: 60, after: 90 }
    const strategies = fc.infiniteStream(fc.double({ min: -3, max: 3, noNaN: true }))
    const worst = fc.constant(undefined)
    fc.assert(
      fc.property(fc.oneof(worst, strategies), (strategy) => {
        const reference = lived(days.before)
        const from = reference[1]!
        let sum = 0
        let widest = 0
        for (let day = days.before; day < days.before + days.after; day++) {
          const gain = gainOn(day)
          const spread = spreadOf(reference, 0, gain)
          widest = Math.max(widest, spread)
          // As much as keeps the sum quiet, or less where the strategy wants less.
          const most = QUIET_SUM + ALLOWANCE - sum
          const deviation = Math.min(strategy?.next().value ?? DEVIATION_MAX, most)
          sum = nextSum(sum, deviation)
          expect(sum).toBeLessThanOrEqual(QUIET_SUM + 1e-9)
          learnValue(reference, 0, reference[1]! + deviation * spread, gain, gain)
        }
        expect((reference[1]! - from) / days.after).toBeLessThan(widest / 100)
      }),
    )
  })

  it('follows within days once it is unsure', () => {
    const reference = lived(100)
    const gain = gainOn(100)
    unsettle(reference, 0, gain)
    expect(reference[1]).toBeCloseTo(5, 1)
    for (let day = 0; day < 12; day++) learnValue(reference, 0, 6, gain, gain)
    expect(reference[1]).toBeGreaterThan(5.8)
  })

  it('is joined to one that has seen both', () => {
    const [left, right] = [lived(30), lived(90)]
    const joined = left.slice()
    mergeReference(joined, right, 0)
    expect(joined[0]).toBeCloseTo(left[0]! + right[0]!, 3)
    const mean = (left[0]! * left[1]! + right[0]! * right[1]!) / joined[0]!
    expect(joined[1]).toBeCloseTo(mean, 4)
    const blank = new Float32Array(REFERENCE_SIZE)
    mergeReference(blank, left, 0)
    expect(blank).toEqual(left)
  })
})

describe('the sum', () => {
  it('takes no account of what stays within the allowance', () => {
    let sum = 0
    for (let day = 0; day < 1000; day++) sum = nextSum(sum, day % 2 === 0 ? 1 : -1)
    expect(sum).toBeLessThanOrEqual(1)
  })

  it('of a lasting shift by one spread is loud in a week, of chance in one of twenty days or fewer', () => {
    let shifted = 0
    for (let day = 0; day < 7; day++) shifted = nextSum(shifted, 1)
    expect(shifted).toBeGreaterThan(QUIET_SUM)
    const chance = random(3)
    let sum = 0
    let loud = 0
    for (let day = 0; day < 20_000; day++) {
      sum = nextSum(sum, deviationOf(chance.normal(0, 1), 0, 1))
      if (sum > QUIET_SUM) loud++
    }
    expect(loud / 20_000).toBeLessThan(0.05)
  })
})
