/**
 * Bootstrap: how far a metric would move with other agents and other incidents of the same kind.
 *
 * Agents are drawn with replacement, each with all its honest events, days and sessions, and incidents
 * with all their events: events of one agent are much alike, and drawing them one by one would make
 * every interval far too narrow. A malicious session goes with the agent it belongs to.
 *
 * Source    Efron, Tibshirani (1993), "An Introduction to the Bootstrap": the percentile interval.
 * Departs   Of the two kinds of clusters each is drawn by itself, as if attacks chose at random.
 * Cost      One pass over the events for every draw.
 */
import { quantileSorted } from 'simple-statistics'
import { type Random, random } from '../math/random.ts'
import { affordable } from './evaluate.ts'
import type { Gathered, Span } from './gather-scores.ts'
import { rankEvents, rankSpans, weightedAreas } from './weighted-areas.ts'

/** Enough for two digits of an interval's ends. */
const DRAWS = 300
const LEVEL = 0.95

/** Ends of a 95 % interval. */
export type Interval = readonly [low: number, high: number]

export interface Intervals {
  readonly averagePrecision: Interval
  readonly rocAuc: Interval
  readonly sessions: { readonly averagePrecision: Interval; readonly rocAuc: Interval } | undefined
  /** Of the share of incidents found, by budget. */
  readonly found: readonly Interval[]
}

/**
 * @param attacks how many there are
 * @param budgets false agent-days per 1,000
 */
export function bootstrap(
  gathered: Gathered,
  attacks: number,
  budgets: readonly number[],
  seed: number,
): Intervals {
  const rng = random(`bootstrap/${seed}`)
  const events = rankEvents(gathered)
  const sessions = rankSpans(gathered.sessions)
  const days = gathered.days.filter(({ isMalicious }) => !isMalicious).sort((a, b) => b.max - a.max)
  const strongest = strongestOf(gathered, attacks)
  const draws = Array.from({ length: DRAWS }, () => {
    const agentWeights = drawn(gathered.agents, rng)
    const attackWeights = drawn(attacks, rng)
    return {
      events: weightedAreas(events, agentWeights, attackWeights, gathered.unscored),
      sessions: weightedAreas(sessions, agentWeights, agentWeights, 0),
      found: budgets.map((budget) =>
        foundShare(budget, days, agentWeights, strongest, attackWeights),
      ),
    }
  })
  const interval = (metric: (draw: (typeof draws)[number]) => number) => middleOf(draws.map(metric))
  const hasSessions = gathered.sessions.length > 0
  return {
    averagePrecision: interval(({ events: { precision } }) => precision),
    rocAuc: interval(({ events: { area } }) => area),
    sessions: hasSessions
      ? {
          averagePrecision: interval(({ sessions: { precision } }) => precision),
          rocAuc: interval(({ sessions: { area } }) => area),
        }
      : undefined,
    found: budgets.map((_, at) => interval(({ found }) => found[at]!)),
  }
}

/** Of the mean of a few independent values, such as those of whole tenants, which are then drawn. */
export function intervalOfMean(values: readonly number[], seed: number): Interval {
  const rng = random(`bootstrap/mean/${seed}`)
  const means = Array.from({ length: DRAWS }, () => {
    let sum = 0
    for (let n = 0; n < values.length; n++) sum += rng.pick(values)
    return sum / values.length
  })
  return middleOf(means)
}

/** What 95 % of the draws lie within; NaN where none could be worked out. */
function middleOf(draws: readonly number[]): Interval {
  const values = draws.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  if (values.length === 0) return [Number.NaN, Number.NaN]
  return [quantileSorted(values, (1 - LEVEL) / 2), quantileSorted(values, (1 + LEVEL) / 2)]
}

/** How often each of `count` things is drawn when as many are drawn as there are. */
function drawn(count: number, rng: Random): Int32Array {
  const weights = new Int32Array(count)
  for (let n = 0; n < count; n++) weights[rng.integer(0, count - 1)]!++
  return weights
}

function strongestOf({ malicious }: Gathered, attacks: number): Float64Array {
  const strongest = new Float64Array(attacks).fill(-Infinity)
  for (const { attacks: its, score } of malicious) {
    for (const index of its) strongest[index] = Math.max(strongest[index]!, score)
  }
  return strongest
}

/** `days` are benign ones, the highest score first. */
function foundShare(
  budget: number,
  days: readonly Span[],
  agentWeights: Int32Array,
  strongest: Float64Array,
  attackWeights: Int32Array,
): number {
  const all = days.reduce((sum, { agent }) => sum + agentWeights[agent]!, 0)
  let left = affordable(budget, all)
  let above = -Infinity
  for (const { agent, max } of days) {
    left -= agentWeights[agent]!
    if (left >= 0) continue
    above = max
    break
  }
  let found = 0
  strongest.forEach((score, at) => {
    if (score > above) found += attackWeights[at]!
  })
  return found / strongest.length
}
