import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fade, gainAt, HALF_LIFE_MS, rescale, stretchOf } from '../../src/math/decay.ts'

const moments = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) })

it('an event weighs half of one a half-life later', () => {
  fc.assert(
    fc.property(moments, (atMs) => {
      const stretch = stretchOf(atMs)
      expect(gainAt(atMs + HALF_LIFE_MS, stretch) / gainAt(atMs, stretch)).toBeCloseTo(2, 9)
    }),
  )
})

it('weights of a stretch fit single precision', () => {
  fc.assert(
    fc.property(moments, (atMs) => {
      const gain = gainAt(atMs, stretchOf(atMs))
      expect(gain).toBeGreaterThanOrEqual(1)
      expect(gain).toBeLessThanOrEqual(2 ** 64)
    }),
  )
})

it('moving the landmark is the same as having had the later one, and exact in binary', () => {
  fc.assert(
    fc.property(moments, fc.integer({ min: 1, max: 1 }), (atMs, stretches) => {
      const stretch = stretchOf(atMs)
      const moved = gainAt(atMs, stretch) * rescale(stretches)
      expect(moved / gainAt(atMs, stretch + stretches)).toBeCloseTo(1, 9)
      expect(Number.isInteger(Math.log2(rescale(stretches)))).toBe(true)
    }),
  )
})

it('what is left is all at first, half after the half-life, and never more', () => {
  expect(fade(0, 1000)).toBe(1)
  expect(fade(-5000, 1000)).toBe(1)
  expect(fade(1000, 1000)).toBe(0.5)
  expect(fade(3000, 1000)).toBe(0.125)
})
