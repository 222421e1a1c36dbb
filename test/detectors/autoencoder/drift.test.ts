import { expect, it } from 'vitest'
import { SHIFTED, sharesOf, shiftBetween } from '../../../src/detectors/autoencoder/drift.ts'

it('shares are of each trait apart, and add up to one', () => {
  const shares = sharesOf(
    [
      [0, 3.2],
      [0.7, 0],
      [0.2, 9],
      [0, 0],
    ],
    2,
  )
  expect(shares[0]!.slice(0, 2)).toEqual([0.75, 0.25])
  expect(shares[1]!.slice(-2)).toEqual([0.25, 0.25])
  for (const grades of shares) expect(grades.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
})

it('the index is that of the formula: Σ (p − q) ln(p / q)', () => {
  // (0.6 − 0.5) ln 1.2 + (0.4 − 0.5) ln 0.8
  expect(shiftBetween([0.5, 0.5], [0.6, 0.4])).toBeCloseTo(0.1 * Math.log(1.5), 12)
  expect(shiftBetween([0.5, 0.5], [0.5, 0.5])).toBe(0)
})

it('one population is not shifted against itself, and another is', () => {
  expect(shiftBetween([0.9, 0.1, 0], [0.88, 0.12, 0])).toBeLessThan(0.1)
  expect(shiftBetween([0.9, 0.1, 0], [0.5, 0.2, 0.3])).toBeGreaterThan(SHIFTED)
})
