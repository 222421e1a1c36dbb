import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isAlert,
  scoreOf,
  severities,
  severityOf,
  thresholdSchema,
} from '../../src/scoring/threshold.ts'

const tails = fc.double({ min: 1e-300, max: 1, noNaN: true })
const budgets = fc
  .double({ min: 0.01, max: 1000, noNaN: true })
  .map((falseAgentDaysPerThousand) => ({ falseAgentDaysPerThousand }))

describe('a score', () => {
  const evidences = fc.double({ min: 0, max: 5000, noNaN: true })

  it('is 0 without evidence, below 100, and higher the more there is', () => {
    const of = (evidence: number) => scoreOf({ evidence, p: 1 })
    expect(of(0)).toBeCloseTo(0, 12)
    fc.assert(
      fc.property(evidences, evidences, tails, (a, b, p) => {
        expect(of(a)).toBeGreaterThanOrEqual(0)
        expect(of(a)).toBeLessThan(100)
        if (a < b) expect(of(a)).toBeLessThanOrEqual(of(b) * (1 + 1e-12)) // rounding
        expect(scoreOf({ evidence: a, p })).toBeGreaterThanOrEqual(of(a))
        expect(scoreOf({ evidence: a, p })).toBeLessThan(100)
      }),
    )
  })

  it('tells events of the same evidence apart by their own chance, which never weighs much', () => {
    expect(scoreOf({ evidence: 5, p: 1e-4 })).toBeGreaterThan(scoreOf({ evidence: 5, p: 0.1 }))
    expect(scoreOf({ evidence: 5, p: 1e-12 })).toBeLessThan(scoreOf({ evidence: 6, p: 1 }))
  })
})

describe('a threshold', () => {
  it('alerts on what is rarer than the budget, and on more with a larger one', () => {
    fc.assert(
      fc.property(tails, budgets, budgets, (tail, a, b) => {
        expect(isAlert(a, tail)).toBe(tail * 1000 <= a.falseAgentDaysPerThousand)
        const [small, large] =
          a.falseAgentDaysPerThousand < b.falseAgentDaysPerThousand ? [a, b] : [b, a]
        if (isAlert(small, tail)) expect(isAlert(large, tail)).toBe(true)
      }),
    )
  })

  it('finds the rarer never the milder', () => {
    fc.assert(
      fc.property(tails, tails, budgets, (a, b, budget) => {
        const grade = (tail: number) => severities.indexOf(severityOf(budget, tail))
        expect(grade(Math.min(a, b))).toBeGreaterThanOrEqual(grade(Math.max(a, b)))
      }),
    )
  })

  it('is refused where it means nothing', () => {
    for (const falseAgentDaysPerThousand of [-1, 0, 1001, Number.NaN, '2']) {
      expect(thresholdSchema.safeParse({ falseAgentDaysPerThousand }).success).toBe(false)
    }
    expect(thresholdSchema.parse({})).toEqual({ falseAgentDaysPerThousand: expect.any(Number) })
  })
})
