import { describe, expect, it } from 'vitest'
import { random } from '../../src/math/random.ts'
import { bootstrap, intervalOfMean } from '../../src/offline/bootstrap.ts'
import { evaluateGathered } from '../../src/offline/evaluate.ts'
import { gatherScores, type ScoredEvent } from '../../src/offline/gather-scores.ts'

const DAY_MS = 86_400_000
const rng = random('bootstrap')
/** Agents with a level of their own, and attacks half of which are above all of them. */
const scores: ScoredEvent[] = []
for (let agent = 0; agent < 40; agent++) {
  const level = rng.normal(0, 1)
  for (let n = 0; n < 60; n++) {
    const time = (n % 20) * DAY_MS
    scores.push({
      id: `b${agent}-${n}`,
      agent: `a${agent}`,
      time,
      score: level + rng.normal(0, 0.3),
      session: `s${agent}-${n % 9}`,
    })
  }
}
const attacks = Array.from({ length: 20 }, (_, n) => {
  const score = n % 2 === 0 ? 6 : -1
  scores.push({ id: `m${n}`, agent: `a${n}`, time: 30 * DAY_MS, score, session: `m${n}` })
  return { incident: `i${n}`, scenario: 's', events: [`m${n}`] }
})
const gathered = gatherScores(scores, attacks)
const evaluation = evaluateGathered(gathered, attacks, [5, 1])
const intervals = bootstrap(gathered, attacks.length, [5, 1], 1)

describe('the bootstrap', () => {
  it('holds every estimate within its interval', () => {
    const inside = (value: number, [low, high]: readonly [number, number]) => {
      expect(value).toBeGreaterThanOrEqual(low)
      expect(value).toBeLessThanOrEqual(high)
      expect(high).toBeGreaterThan(low)
    }
    inside(evaluation.averagePrecision, intervals.averagePrecision)
    inside(evaluation.rocAuc, intervals.rocAuc)
    inside(evaluation.sessions!.averagePrecision, intervals.sessions!.averagePrecision)
    inside(evaluation.sessions!.rocAuc, intervals.sessions!.rocAuc)
    for (const [at, { found }] of evaluation.budgets.entries()) {
      inside(found / 20, intervals.found[at]!)
    }
  })

  it('is as wide as drawing incidents alone makes a share of one half', () => {
    // Whatever the agents, ten of twenty are found: the binomial's standard deviation is √(¼/20).
    const [low, high] = intervals.found[0]!
    expect(high - low).toBeGreaterThan(3 * Math.sqrt(0.25 / 20))
    expect(high - low).toBeLessThan(5 * Math.sqrt(0.25 / 20))
  })

  it('draws the same for the same seed', () => {
    expect(bootstrap(gathered, attacks.length, [5, 1], 1)).toEqual(intervals)
    expect(bootstrap(gathered, attacks.length, [5, 1], 2)).not.toEqual(intervals)
  })

  it('has no interval where nothing is malicious', () => {
    const honest = gatherScores(scores.slice(0, 100), [])
    expect(bootstrap(honest, 0, [5], 1).averagePrecision).toEqual([Number.NaN, Number.NaN])
  })
})

it('the mean of a few values varies as its standard error says', () => {
  const values = Array.from({ length: 25 }, () => rng.normal(10, 2))
  const [low, high] = intervalOfMean(values, 1)
  expect((high - low) / (2 * 1.96)).toBeGreaterThan(0.25)
  expect((high - low) / (2 * 1.96)).toBeLessThan(0.55)
  expect(intervalOfMean([3, 3, 3], 1)).toEqual([3, 3])
})
