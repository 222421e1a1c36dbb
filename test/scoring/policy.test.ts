import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/agent/context.ts'
import {
  attentionTo,
  dayTrustIn,
  experienceOf,
  maturityOf,
  settledIn,
  trustIn,
} from '../../src/scoring/policy.ts'

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

describe('a new release', () => {
  it('is excused by half at once, by less from day to day, and never altogether', () => {
    expect(settledIn(0)).toBe(0.5)
    expect(settledIn(DAY_MS)).toBeCloseTo(0.75)
    expect(settledIn(2 * DAY_MS)).toBeGreaterThan(settledIn(DAY_MS))
    expect(settledIn(60 * DAY_MS)).toBe(1)
    expect(settledIn(-DAY_MS)).toBe(0.5) // a late event
  })
})

describe('a new-born agent', () => {
  it('is attended to more for some days, where its tenant was known before it', () => {
    expect(attentionTo(0, 60 * DAY_MS)).toBeCloseTo(2, 3)
    expect(attentionTo(DAY_MS, 60 * DAY_MS)).toBeCloseTo(1.5, 3)
    expect(attentionTo(30 * DAY_MS, 60 * DAY_MS)).toBe(1)
    expect(attentionTo(0, 0)).toBe(1)
    expect(attentionTo(0, -DAY_MS)).toBe(1)
  })
})
