import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/agent/context.ts'
import { dayTrustIn, experienceOf, maturityOf, trustIn } from '../../src/scoring/policy.ts'

describe('trust', () => {
  it('in a day is full where such days are usual, and falls as they are rare', () => {
    expect(dayTrustIn(1)).toBe(1)
    expect(dayTrustIn(0.01)).toBe(1)
    expect(dayTrustIn(0.005)).toBeCloseTo(0.5, 12)
    expect(dayTrustIn(1e-9)).toBeGreaterThan(0)
    expect(dayTrustIn(1e-9)).toBe(dayTrustIn(1e-6))
  })

  it('is full for what is usual, and falls with what is not, but never to nothing', () => {
    expect(trustIn(1)).toBe(1)
    expect(trustIn(0.05)).toBe(1)
    const chances = fc.double({ min: 1e-300, max: 1, noNaN: true })
    fc.assert(
      fc.property(chances, chances, (a, b) => {
        expect(trustIn(a)).toBeGreaterThan(0)
        expect(trustIn(a)).toBeLessThanOrEqual(1)
        if (a < b) expect(trustIn(a)).toBeLessThanOrEqual(trustIn(b))
      }),
    )
    expect(trustIn(1e-12)).toBeLessThan(0.2)
  })
})

it('a tenant and an agent are judged the more the longer they are known', () => {
  expect(maturityOf(0)).toBe(0)
  expect(maturityOf(-DAY_MS)).toBe(0)
  expect(maturityOf(60 * DAY_MS)).toBeGreaterThan(0.9)
  expect(maturityOf(2 * DAY_MS)).toBeGreaterThan(maturityOf(DAY_MS))
  expect(experienceOf(0)).toBe(0)
  expect(experienceOf(1000)).toBeGreaterThan(experienceOf(10))
  expect(experienceOf(1e9)).toBeLessThanOrEqual(1)
})
