import fc from 'fast-check'
import { mean, sampleVariance, variance } from 'simple-statistics'
import { describe, expect, it } from 'vitest'
import {
  addMoment,
  excess,
  expectedMean,
  isRecord,
  MOMENTS_SIZE,
  type Moments,
  mergeMoments,
  type Prior,
  priorFrom,
  scaleMoments,
  upperSurprise,
} from '../../src/math/moments.ts'

const values = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), {
  minLength: 2,
  maxLength: 80,
})
const weighted = fc.array(
  fc.tuple(
    fc.double({ min: 0, max: 20, noNaN: true }),
    fc.double({ min: 0.05, max: 50, noNaN: true }),
  ),
  { minLength: 1, maxLength: 60 },
)

function momentsOf(added: readonly (readonly [value: number, weight: number])[]): Moments {
  const moments = new Float32Array(MOMENTS_SIZE)
  for (const [value, weight] of added) addMoment(moments, 0, value, weight)
  return moments
}

/** Kept in single precision: seven digits, and the noise of adding up. */
function expectNear(actual: number, expected: number, scale = 1): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-4 * (Math.abs(expected) + scale))
}

describe('moments', () => {
  it('are the mean and the variance of simple-statistics', () => {
    fc.assert(
      fc.property(values, (sample) => {
        const [weight, center, squares] = momentsOf(sample.map((value) => [value, 1]))
        expect(weight).toBe(sample.length)
        expectNear(center!, mean(sample), 20)
        expectNear(squares! / sample.length, variance(sample), 400)
        expectNear(squares! / (sample.length - 1), sampleVariance(sample), 400)
      }),
    )
  })

  it('are the textbook sums where values have weights', () => {
    fc.assert(
      fc.property(weighted, (sample) => {
        const [weight, center, squares, largest] = momentsOf(sample)
        const total = sample.reduce((sum, [, w]) => sum + w, 0)
        const middle = sample.reduce((sum, [value, w]) => sum + w * value, 0) / total
        const apart = sample.reduce((sum, [value, w]) => sum + w * (value - middle) ** 2, 0)
        expectNear(weight!, total)
        expectNear(center!, middle, 20)
        expectNear(squares!, apart, total * 40)
        expect(largest).toBe(Math.max(0, ...sample.map(([value]) => Math.fround(value))))
      }),
    )
  })

  it('of two lives are those of one who lived both, in either order', () => {
    fc.assert(
      fc.property(weighted, weighted, (left, right) => {
        const both = momentsOf([...left, ...right])
        for (const [into, from] of [
          [left, right],
          [right, left],
        ] as const) {
          const merged = momentsOf(into)
          mergeMoments(merged, momentsOf(from))
          expectNear(merged[0]!, both[0]!)
          expectNear(merged[1]!, both[1]!, 20)
          expectNear(merged[2]!, both[2]!, both[0]! * 40)
          expect(merged[3]).toBe(both[3])
        }
      }),
    )
  })

  it('merge with a blank to themselves', () => {
    const some = momentsOf([
      [3, 1],
      [5, 2],
    ])
    const merged = some.slice()
    mergeMoments(merged, momentsOf([]))
    expect(merged).toEqual(some)
    const into = momentsOf([])
    mergeMoments(into, some)
    expect([...into].every((value, at) => Math.abs(value - some[at]!) < 1e-6)).toBe(true)
  })

  it('say the same at another landmark', () => {
    fc.assert(
      fc.property(weighted, fc.double({ min: 0, max: 30, noNaN: true }), (sample, next) => {
        const moments = momentsOf(sample)
        const moved = moments.slice()
        scaleMoments(moved, 2 ** -32)
        const prior = { mean: 2, variance: 4 }
        expect(upperSurprise(moved, 0, 2 ** -32, prior, next, 0.3)).toBe(
          upperSurprise(moments, 0, 1, prior, next, 0.3),
        )
        expect(expectedMean(moved, moved, 0, 2 ** -32)).toBe(expectedMean(moments, moments, 0, 1))
      }),
    )
  })
})

describe('the surprise', () => {
  const prior: Prior = { mean: 2, variance: 4 }

  it('is 0 up to what is expected, and grows from there', () => {
    fc.assert(
      fc.property(weighted, (sample) => {
        const moments = momentsOf(sample)
        let before = 0
        for (let value = -5; value <= 60; value += 0.25) {
          const nats = upperSurprise(moments, 0, 1, prior, value, 0.3)
          expect(nats).toBeGreaterThanOrEqual(before)
          before = nats
        }
        expect(before).toBeGreaterThan(0)
        const low = Math.min(prior.mean, ...sample.map(([value]) => value))
        expect(upperSurprise(moments, 0, 1, prior, low - 1e-3, 0.3)).toBe(0)
      }),
    )
  })

  it('has the tail of a Student t: a power where little is known, nearly normal where much is', () => {
    const few = momentsOf([[2, 1]])
    const many = momentsOf(
      Array.from({ length: 5000 }, (_, at) => [2 + (at % 2 === 0 ? 1 : -1), 1] as const),
    )
    const at = (moments: Moments, value: number) => upperSurprise(moments, 0, 1, prior, value, 0.3)
    // Twice as far out: a power law adds a constant, a normal quadruples.
    expect(at(few, 4002) - at(few, 2002)).toBeCloseTo(at(few, 2002) - at(few, 1002), 1)
    expect(at(many, 6) / at(many, 4)).toBeGreaterThan(3.8)
    expect(at(many, 4)).toBeGreaterThan(at(few, 4))
  })

  it('is the log density of the t distribution, up to its constant', () => {
    // Murphy (2007), eq. 99 ff., with mean weight 2 and spread weight 3 of the prior, by hand:
    // n = 4 of 1, 3, 5, 7: mean 4, squares 20. Mean (2·2 + 4·4)/6 = 10/3; degrees 7;
    // spread (3·4 + 20 + 2·4/6·(4−2)²)/7 · (1 + 1/6).
    const moments = momentsOf([1, 3, 5, 7].map((value) => [value, 1] as const))
    const spread = ((12 + 20 + (8 / 6) * 4) / 7) * (7 / 6)
    const squared = (9 - 10 / 3) ** 2 / spread
    expect(upperSurprise(moments, 0, 1, prior, 9, 0.3)).toBeCloseTo(4 * Math.log1p(squared / 7), 5)
  })

  it('believes in no spread below the least', () => {
    const same = momentsOf(Array.from({ length: 1000 }, () => [3, 1] as const))
    const gentle = upperSurprise(same, 0, 1, { mean: 3, variance: 1e-6 }, 3.3, 0.3)
    expect(gentle).toBeGreaterThan(0)
    expect(gentle).toBeLessThan(1)
  })
})

it('a group says to expect its own of a newcomer, and the fallback where it knows nothing', () => {
  const fallback: Prior = { mean: 2, variance: 4 }
  const into: Prior = { mean: 0, variance: 0 }
  expect(priorFrom(momentsOf([]), 0, 1, fallback, into)).toEqual(fallback)
  const many = momentsOf(
    Array.from({ length: 4000 }, (_, at) => [10 + (at % 2 === 0 ? 1 : -1), 1] as const),
  )
  priorFrom(many, 0, 1, fallback, into)
  expect(into.mean).toBeCloseTo(10, 1)
  expect(into.variance).toBeCloseTo(1, 1)
})

describe('a record', () => {
  const moments = momentsOf([
    [Math.log1p(10), 1],
    [Math.log1p(100), 1],
  ])

  it('is more than the largest so far, by a twentieth or more', () => {
    for (const [value, is] of [
      [10, false],
      [100, false],
      [104, false],
      [108, true],
      [1e6, true],
    ] as const) {
      expect(isRecord(moments, 0, Math.log1p(value)), `${value}`).toBe(is)
    }
  })

  it('matters as far as it goes beyond: not at all as large, in full twice as large', () => {
    const of = (times: number) => excess(Math.log(100 * times), Math.log(100))
    expect(of(0.5)).toBe(0)
    expect(of(1)).toBe(0)
    expect(of(Math.SQRT2)).toBeCloseTo(0.5, 12)
    expect(of(2)).toBeCloseTo(1, 12)
    expect(of(1000)).toBe(1)
    expect(excess(2, 1, 4)).toBe(0.25)
  })
})
