/**
 * Evaluate: how well scores tell attacks from honest work, at a number of false alarms one can afford.
 *
 * An analyst's day with an agent is what a false alarm costs, so the budget is counted in agent-days
 * (one agent, one UTC day, its highest score). Ties are decided against the scores: a constant score
 * finds nothing. Every labelled event counts, also one that was never scored: it was missed.
 */
import { medianSorted } from 'simple-statistics'

const DAY_MS = 86_400_000
const BUDGETS = [5, 1] // false agent-days per 1,000 benign ones
const ROUNDING = 1e-9 // 5 per 1,000 of 200 is 1, also in floating point
const GROWTH = 2

/** One scored event; `time` in milliseconds since the epoch, higher scores are stranger. */
export interface ScoredEvent {
  readonly id: string
  readonly agent: string
  readonly time: number
  readonly score: number
}

/** The truth about one attack: the ids of its events, and of what kind it was. */
export interface Attack {
  readonly incident: string
  readonly scenario: string
  readonly events: readonly string[]
}

export interface Evaluation {
  readonly events: number
  readonly maliciousEvents: number
  readonly agentDays: number
  readonly maliciousAgentDays: number
  /** Area under the precision-recall curve of events, as average precision. */
  readonly averagePrecision: number
  /** Probability that a malicious event scores higher than an honest one; a tie counts half. */
  readonly rocAuc: number
  readonly budgets: readonly BudgetEvaluation[]
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
  /** In the order of the attacks given: when each was found, or undefined. */
  readonly findings: readonly AttackFinding[]
  /** Attacks and finds by scenario. */
  readonly byScenario: Readonly<
    Record<string, { readonly attacks: number; readonly found: number }>
  >
  /** From an attack's first scored event to its first alarm, over the attacks found. */
  readonly medianTimeToDetectMs: number | undefined
}

export interface AttackFinding {
  readonly incident: string
  readonly scenario: string
  /** From its first scored event to its first alarm; undefined when it was missed. */
  readonly timeToDetectMs: number | undefined
}

/** Reads the scores once. Holds 8 bytes per event, and the highest score of every agent-day. */
export function evaluate(
  scores: Iterable<ScoredEvent>,
  attacks: readonly Attack[],
  budgets: readonly number[] = BUDGETS,
): Evaluation {
  const { honest, malicious, days, hits, unscored } = gather(scores, attacks)
  const benignMaxima = Float64Array.from(
    [...days.values()].filter(({ isMalicious }) => !isMalicious).map(({ max }) => max),
  )
  benignMaxima.sort().reverse()
  return {
    events: honest.length + malicious.length,
    maliciousEvents: malicious.length + unscored,
    agentDays: days.size,
    maliciousAgentDays: days.size - benignMaxima.length,
    averagePrecision: averagePrecision(honest, malicious, unscored),
    rocAuc: rocAuc(honest, malicious),
    budgets: budgets.map((budget) => evaluateAt(budget, benignMaxima, attacks, hits)),
  }
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

interface Day {
  max: number
  isMalicious: boolean
}

interface Hit {
  readonly time: number
  readonly score: number
}

function gather(scores: Iterable<ScoredEvent>, attacks: readonly Attack[]) {
  const attacksOf = new Map<string, number[]>()
  attacks.forEach(({ events }, index) => {
    for (const id of events) attacksOf.set(id, [...(attacksOf.get(id) ?? []), index])
  })
  const unseen = new Set(attacksOf.keys())
  const hits: Hit[][] = attacks.map(() => [])
  const days = new Map<string, Day>()
  const malicious: number[] = []
  let honest = new Float64Array(1024)
  let count = 0
  for (const { id, agent, time, score: given } of scores) {
    const score = Number.isNaN(given) ? -Infinity : given
    const key = `${Math.floor(time / DAY_MS)} ${agent}`
    const part = attacksOf.get(id)
    const day = days.get(key)
    if (day === undefined) days.set(key, { max: score, isMalicious: part !== undefined })
    else {
      if (score > day.max) day.max = score
      if (part !== undefined) day.isMalicious = true
    }
    if (part === undefined) {
      if (count === honest.length) {
        const larger = new Float64Array(count * GROWTH)
        larger.set(honest)
        honest = larger
      }
      honest[count++] = score
      continue
    }
    unseen.delete(id)
    malicious.push(score)
    for (const index of part) hits[index]!.push({ time, score })
  }
  return {
    honest: honest.subarray(0, count).sort(),
    malicious: Float64Array.from(malicious).sort(),
    days,
    hits,
    unscored: unseen.size,
  }
}

/** The lowest threshold that keeps to the budget lies just above the first benign day too many. */
function evaluateAt(
  falsePerThousand: number,
  benignMaxima: Float64Array,
  attacks: readonly Attack[],
  hits: readonly (readonly Hit[])[],
): BudgetEvaluation {
  const affordable = Math.floor((falsePerThousand * benignMaxima.length) / 1000 + ROUNDING)
  const above = benignMaxima[affordable] ?? -Infinity
  const findings = attacks.map(({ incident, scenario }, index) => ({
    incident,
    scenario,
    timeToDetectMs: timeToDetect(hits[index]!, above),
  }))
  const times = findings.flatMap(({ timeToDetectMs }) => timeToDetectMs ?? []).sort((a, b) => a - b)
  const byScenario: Record<string, { attacks: number; found: number }> = {}
  for (const { scenario, timeToDetectMs } of findings) {
    byScenario[scenario] ??= { attacks: 0, found: 0 }
    byScenario[scenario].attacks++
    if (timeToDetectMs !== undefined) byScenario[scenario].found++
  }
  return {
    falsePerThousand,
    above,
    falseAgentDays: benignMaxima.filter((max) => max > above).length,
    benignAgentDays: benignMaxima.length,
    attacks: attacks.length,
    found: times.length,
    findings,
    byScenario,
    medianTimeToDetectMs: times.length > 0 ? medianSorted(times) : undefined,
  }
}

function timeToDetect(hits: readonly Hit[], above: number): number | undefined {
  let first = Infinity
  let alarm = Infinity
  for (const { time, score } of hits) {
    first = Math.min(first, time)
    if (score > above) alarm = Math.min(alarm, time)
  }
  return alarm === Infinity ? undefined : alarm - first
}
