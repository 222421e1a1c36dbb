import { describe, expect, it } from 'vitest'
import { random } from '../../src/math/random.ts'
import { averagePrecision, evaluate, rocAuc } from '../../src/offline/evaluate.ts'
import type { Attack, ScoredEvent } from '../../src/offline/gather-scores.ts'

const DAY_MS = 86_400_000
const sorted = (...values: number[]) => Float64Array.from(values).sort()

const event = (id: string, agent: string, day: number, score: number): ScoredEvent => ({
  id,
  agent,
  time: day * DAY_MS + Number(id.replace(/\D/g, '')) * 1000,
  score,
})

const attack = (incident: string, ...events: string[]): Attack => ({
  incident,
  scenario: 's',
  events,
})

/** 400 benign agent-days with the scores 1 … 400, and two attacks. */
const benign = Array.from({ length: 400 }, (_, n) =>
  event(`b${n}`, `a${n % 20}`, Math.floor(n / 20), n + 1),
)

describe('evaluate', () => {
  it('finds what lies above the false agent-days one can afford', () => {
    const scores = [
      ...benign,
      event('m1', 'x', 0, 398.5),
      event('m2', 'y', 0, 398),
      event('m9', 'x', 0, 1),
    ]
    const attacks = [attack('one', 'm1', 'm9'), attack('two', 'm2')]
    // 5 per 1,000 of 400 are 2 days: those scored 399 and 400. So all above 398 is an alarm.
    const [five, one] = evaluate(scores, attacks).budgets
    expect(five).toMatchObject({ above: 398, falseAgentDays: 2, benignAgentDays: 400, found: 1 })
    expect(five!.findings.map(({ timeToDetectMs }) => timeToDetectMs)).toEqual([0, undefined])
    // 1 per 1,000 of 400 is none.
    expect(one).toMatchObject({ above: 400, falseAgentDays: 0, found: 0 })
  })

  it('counts an agent-day once, and as malicious when any of its events is', () => {
    const scores = [
      event('b1', 'a', 0, 9),
      event('b2', 'a', 0, 3),
      event('b3', 'b', 0, 8),
      event('m1', 'b', 0, 1),
      event('b4', 'b', 1, 2),
    ]
    const { agentDays, maliciousAgentDays, budgets } = evaluate(
      scores,
      [attack('i', 'm1')],
      [1000, 500],
    )
    expect({ agentDays, maliciousAgentDays }).toEqual({ agentDays: 3, maliciousAgentDays: 1 })
    expect(budgets[1]).toMatchObject({ above: 2, falseAgentDays: 1, benignAgentDays: 2, found: 0 })
  })

  it('gives a constant score nothing', () => {
    const scores = [...benign, event('m1', 'x', 0, 1)].map((one) => ({ ...one, score: 1 }))
    const {
      budgets,
      rocAuc: area,
      averagePrecision: precision,
    } = evaluate(scores, [attack('i', 'm1')])
    expect(budgets.map(({ found }) => found)).toEqual([0, 0])
    expect(area).toBe(0.5)
    expect(precision).toBeCloseTo(1 / 401, 10)
  })

  it('takes the time from the first event of the attack to its first alarm', () => {
    const scores = [
      ...benign,
      event('m1', 'x', 0, 0),
      event('m61', 'x', 0, 900),
      event('m99', 'x', 0, 901),
    ]
    const [five] = evaluate(scores, [attack('i', 'm1', 'm61', 'm99')]).budgets
    expect(five!.findings[0]!.timeToDetectMs).toBe(60_000)
    expect(five!.medianTimeToDetectMs).toBe(60_000)
    expect(five!.byScenario).toEqual({ s: { attacks: 1, found: 1 } })
  })

  it('counts events that were never scored as missed', () => {
    const scores = [event('b1', 'a', 0, 1), event('m1', 'b', 0, 2)]
    const result = evaluate(scores, [attack('i', 'm1', 'gone'), attack('j', 'gone')])
    expect(result.maliciousEvents).toBe(2)
    expect(result.averagePrecision).toBe(0.5)
    expect(result.budgets[0]!.findings[1]!.timeToDetectMs).toBeUndefined()
  })

  it('takes a score that is no number for the lowest', () => {
    const scores = [...benign, event('m1', 'x', 0, Number.NaN)]
    expect(evaluate(scores, [attack('i', 'm1')]).budgets[0]!.found).toBe(0)
  })
})

describe('areas', () => {
  // scikit-learn 1.5: average_precision_score and roc_auc_score of
  // y = [0, 0, 1, 1], s = [.1, .4, .35, .8]: 0.8333…, 0.75 (its documentation's example).
  it('agrees with scikit-learn', () => {
    expect(averagePrecision(sorted(0.1, 0.4), sorted(0.35, 0.8))).toBeCloseTo(0.8333333, 6)
    expect(rocAuc(sorted(0.1, 0.4), sorted(0.35, 0.8))).toBe(0.75)
  })

  it('agrees with the slow and obvious, ties included', () => {
    const rng = random('areas')
    for (let round = 0; round < 60; round++) {
      const draw = (count: number) =>
        sorted(...Array.from({ length: count }, () => rng.integer(0, 8)))
      const honest = draw(rng.integer(1, 40))
      const malicious = draw(rng.integer(1, 12))
      expect(rocAuc(honest, malicious)).toBeCloseTo(slowRocAuc(honest, malicious), 10)
      expect(averagePrecision(honest, malicious)).toBeCloseTo(slowPrecision(honest, malicious), 10)
    }
  })
})

function slowRocAuc(honest: Float64Array, malicious: Float64Array): number {
  let wins = 0
  for (const m of malicious) for (const h of honest) wins += m > h ? 1 : m === h ? 0.5 : 0
  return wins / (honest.length * malicious.length)
}

/** Σ (recall gained at a threshold) × (precision there), over all distinct thresholds. */
function slowPrecision(honest: Float64Array, malicious: Float64Array): number {
  const thresholds = [...new Set([...honest, ...malicious])].sort((a, b) => b - a)
  let area = 0
  let recall = 0
  for (const threshold of thresholds) {
    const caught = malicious.filter((score) => score >= threshold).length
    const all = caught + honest.filter((score) => score >= threshold).length
    area += (caught / malicious.length - recall) * (caught / all)
    recall = caught / malicious.length
  }
  return area
}
