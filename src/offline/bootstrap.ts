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
  const events = eventsOf(gathered)
  const sessions = rankedOf(gathered.sessions)
  const days = gathered.days.filter(({ isMalicious }) => !isMalicious).sort((a, b) => b.max - a.max)
  const strongest = strongestOf(gathered, attacks)
  const draws = Array.from({ length: DRAWS }, () => {
    const agentWeights = drawn(gathered.agents, rng)
    const attackWeights = drawn(attacks, rng)
    return {
      events: areasOf(events, agentWeights, attackWeights, gathered.unscored),
      sessions: areasOf(sessions, agentWeights, agentWeights, 0),
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

/** Scores in falling order, with the cluster each is drawn with; malicious ones as −1 − cluster. */
interface Ranked {
  readonly scores: Float64Array
  readonly clusters: Int32Array
}

function eventsOf({ honest, honestAgents, malicious }: Gathered): Ranked {
  const scores = new Float64Array(honest.length + malicious.length)
  const clusters = new Int32Array(scores.length)
  scores.set(honest)
  clusters.set(honestAgents)
  malicious.forEach(({ score, attacks }, at) => {
    scores[honest.length + at] = score
    clusters[honest.length + at] = -1 - attacks[0]!
  })
  return ranked(scores, clusters)
}

function rankedOf(spans: readonly Span[]): Ranked {
  return ranked(
    Float64Array.from(spans, ({ max }) => max),
    Int32Array.from(spans, ({ agent, isMalicious }) => (isMalicious ? -1 - agent : agent)),
  )
}

function ranked(scores: Float64Array, clusters: Int32Array): Ranked {
  const order = Uint32Array.from(scores, (_, at) => at).sort((a, b) => scores[b]! - scores[a]!)
  return {
    scores: Float64Array.from(order, (at) => scores[at]!),
    clusters: Int32Array.from(order, (at) => clusters[at]!),
  }
}

/** Average precision and area under the ROC curve of one draw; a tie counts half in the area. */
function areasOf(
  { scores, clusters }: Ranked,
  honestWeights: Int32Array,
  maliciousWeights: Int32Array,
  unscored: number,
): { precision: number; area: number } {
  let honest = 0
  let malicious = 0
  let precision = 0
  let losses = 0 // pairs in which the honest one scores higher
  for (let at = 0; at < scores.length; ) {
    const score = scores[at]!
    let honestHere = 0
    let maliciousHere = 0
    for (; at < scores.length && scores[at] === score; at++) {
      const cluster = clusters[at]!
      if (cluster >= 0) honestHere += honestWeights[cluster]!
      else maliciousHere += maliciousWeights[-1 - cluster]!
    }
    losses += maliciousHere * (honest + honestHere / 2)
    honest += honestHere
    malicious += maliciousHere
    if (maliciousHere > 0) precision += (maliciousHere * malicious) / (malicious + honest)
  }
  return { precision: precision / (malicious + unscored), area: 1 - losses / (honest * malicious) }
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
