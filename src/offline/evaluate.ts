/**
 * Evaluate: how well scores tell attacks from honest work, at a number of false alarms one can afford.
 *
 * An analyst's day with an agent is what a false alarm costs, so the budget is counted in agent-days
 * (one agent, one UTC day, its highest score). Ties are decided against the scores: a constant score
 * finds nothing. Every labelled event counts, also one that was never scored: it was missed.
 */
import { medianSorted, quantileSorted } from 'simple-statistics'
import {
  type Attack,
  type Gathered,
  gatherScores,
  type ScoredEvent,
  type Span,
} from './gather-scores.ts'

const BUDGETS = [5, 1] // false agent-days per 1,000 benign ones
const ROUNDING = 1e-9 // 5 per 1,000 of 200 is 1, also in floating point
const SLOW = 0.9 // of the attacks found, so many were found sooner

export interface Evaluation {
  readonly events: number
  readonly maliciousEvents: number
  readonly agentDays: number
  readonly maliciousAgentDays: number
  /** Area under the precision-recall curve of events, as average precision. */
  readonly averagePrecision: number
  /** Probability that a malicious event scores higher than an honest one; a tie counts half. */
  readonly rocAuc: number
  /** The same of sessions, each with its highest score; undefined where no event names one. */
  readonly sessions: SessionEvaluation | undefined
  readonly budgets: readonly BudgetEvaluation[]
}

export interface SessionEvaluation {
  readonly sessions: number
  readonly malicious: number
  readonly averagePrecision: number
  readonly rocAuc: number
}

export interface BudgetEvaluation {
  /** The budget: false agent-days per 1,000 benign ones. */
  readonly falsePerThousand: number
  /** Only scores above it raise an alarm. */
  readonly above: number
  readonly falseAgentDays: number
  readonly benignAgentDays: number
  readonly attacks: number
  readonly found: number
  /** Share of the malicious events that raise an alarm, and of the alarms that are malicious events. */
  readonly recall: number
  readonly precision: number
  /** In the order of the attacks given: when each was found, or undefined. */
  readonly findings: readonly AttackFinding[]
  /** Attacks and finds by scenario. */
  readonly byScenario: Readonly<
    Record<string, { readonly attacks: number; readonly found: number }>
  >
  /** From an attack's first scored event to its first alarm, over the attacks found. */
  readonly medianTimeToDetectMs: number | undefined
  /** Nine in ten of the attacks found were found in this time. */
  readonly p90TimeToDetectMs: number | undefined
}

export interface AttackFinding {
  readonly incident: string
  readonly scenario: string
  /** From its first scored event to its first alarm; undefined when it was missed. */
  readonly timeToDetectMs: number | undefined
}

/** Reads the scores once; see gatherScores for what is held meanwhile. */
export function evaluate(
  scores: Iterable<ScoredEvent>,
  attacks: readonly Attack[],
  budgets: readonly number[] = BUDGETS,
): Evaluation {
  return evaluateGathered(gatherScores(scores, attacks), attacks, budgets)
}

/** As `evaluate`, of what was gathered before. */
export function evaluateGathered(
  gathered: Gathered,
  attacks: readonly Attack[],
  budgets: readonly number[] = BUDGETS,
): Evaluation {
  const { days, sessions, unscored } = gathered
  const honest = gathered.honest.slice().sort()
  const malicious = Float64Array.from(gathered.malicious, ({ score }) => score).sort()
  const benignMaxima = maximaOf(days, false).reverse()
  return {
    events: honest.length + malicious.length,
    maliciousEvents: malicious.length + unscored,
    agentDays: days.length,
    maliciousAgentDays: days.length - benignMaxima.length,
    averagePrecision: averagePrecision(honest, malicious, unscored),
    rocAuc: rocAuc(honest, malicious),
    sessions: sessions.length === 0 ? undefined : evaluateSessions(sessions),
    budgets: budgets.map((budget) => evaluateAt(budget, benignMaxima, attacks, gathered)),
  }
}

/** How many of so many benign agent-days may be false alarms. */
export function affordable(falsePerThousand: number, benignAgentDays: number): number {
  return Math.floor((falsePerThousand * benignAgentDays) / 1000 + ROUNDING)
}

/**
 * Mean precision over the malicious events, each at the lowest score that still takes it in.
 * Both lists ascending. Unscored events come last and with no precision.
 */
export function averagePrecision(
  honest: Float64Array,
  malicious: Float64Array,
  unscored = 0,
): number {
  let sum = 0
  let h = honest.length
  let m = malicious.length
  while (m > 0) {
    const score = malicious[m - 1]!
    const before = m
    while (m > 0 && malicious[m - 1] === score) m--
    while (h > 0 && honest[h - 1]! >= score) h--
    const taken = malicious.length - m
    sum += ((before - m) * taken) / (taken + honest.length - h)
  }
  return sum / (malicious.length + unscored)
}

/** Both lists ascending. NaN when either is empty. */
export function rocAuc(honest: Float64Array, malicious: Float64Array): number {
  let below = 0
  let upTo = 0
  let wins = 0
  for (const score of malicious) {
    while (below < honest.length && honest[below]! < score) below++
    if (upTo < below) upTo = below
    while (upTo < honest.length && honest[upTo]! <= score) upTo++
    wins += (below + upTo) / 2
  }
  return wins / (honest.length * malicious.length)
}

/** Highest scores of the benign or malicious ones, ascending. */
function maximaOf(spans: readonly Span[], isMalicious: boolean): Float64Array {
  const its = spans.filter((span) => span.isMalicious === isMalicious)
  return Float64Array.from(its, ({ max }) => max).sort()
}

function evaluateSessions(sessions: readonly Span[]): SessionEvaluation {
  const honest = maximaOf(sessions, false)
  const malicious = maximaOf(sessions, true)
  return {
    sessions: sessions.length,
    malicious: malicious.length,
    averagePrecision: averagePrecision(honest, malicious),
    rocAuc: rocAuc(honest, malicious),
  }
}

/** The lowest threshold that keeps to the budget lies just above the first benign day too many. */
function evaluateAt(
  falsePerThousand: number,
  benignMaxima: Float64Array,
  attacks: readonly Attack[],
  { malicious, honest, unscored }: Gathered,
): BudgetEvaluation {
  const above = benignMaxima[affordable(falsePerThousand, benignMaxima.length)] ?? -Infinity
  const delays = timesToDetect(malicious, attacks.length, above)
  const findings = attacks.map(({ incident, scenario }, index) => ({
    incident,
    scenario,
    timeToDetectMs: delays[index],
  }))
  const times = findings.flatMap(({ timeToDetectMs }) => timeToDetectMs ?? []).sort((a, b) => a - b)
  const byScenario: Record<string, { attacks: number; found: number }> = {}
  for (const { scenario, timeToDetectMs } of findings) {
    byScenario[scenario] ??= { attacks: 0, found: 0 }
    byScenario[scenario].attacks++
    if (timeToDetectMs !== undefined) byScenario[scenario].found++
  }
  const caught = malicious.filter(({ score }) => score > above).length
  const alarms = caught + honest.reduce((sum, score) => sum + (score > above ? 1 : 0), 0)
  return {
    falsePerThousand,
    above,
    falseAgentDays: benignMaxima.filter((max) => max > above).length,
    benignAgentDays: benignMaxima.length,
    attacks: attacks.length,
    found: times.length,
    recall: caught / (malicious.length + unscored),
    precision: caught / alarms,
    findings,
    byScenario,
    medianTimeToDetectMs: times.length > 0 ? medianSorted(times) : undefined,
    p90TimeToDetectMs: times.length > 0 ? quantileSorted(times, SLOW) : undefined,
  }
}

/** By attack, from its first scored event to its first alarm. */
function timesToDetect(
  malicious: Gathered['malicious'],
  attacks: number,
  above: number,
): (number | undefined)[] {
  const first = new Float64Array(attacks).fill(Infinity)
  const alarm = new Float64Array(attacks).fill(Infinity)
  for (const { attacks: its, time, score } of malicious) {
    for (const index of its) {
      first[index] = Math.min(first[index]!, time)
      if (score > above) alarm[index] = Math.min(alarm[index]!, time)
    }
  }
  return Array.from(alarm, (atMs, index) => (atMs === Infinity ? undefined : atMs - first[index]!))
}
