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
  it('is 0 for certainty, below 100, and higher the rarer', () => {
    const ofDay = (dayTail: number) => scoreOf({ dayTail, p: 1 })
    expect(ofDay(1)).toBeCloseTo(0, 12)
    fc.assert(
      fc.property(tails, tails, (a, b) => {
        expect(ofDay(a)).toBeGreaterThanOrEqual(0)
        expect(ofDay(a)).toBeLessThan(100)
        if (a < b) expect(ofDay(a)).toBeGreaterThanOrEqual(ofDay(b))
        expect(scoreOf({ dayTail: 0.5, p: a })).toBeGreaterThanOrEqual(ofDay(0.5))
      }),
    )
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
