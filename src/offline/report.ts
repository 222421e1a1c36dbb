/** Report: all that an evaluation found out, as it is written to report.json. */
import type { Alert } from '../alert/alert.ts'
import { bootstrap, type Intervals } from './bootstrap.ts'
import { type Curves, curvesOf } from './curves.ts'
import { type Evaluation, evaluateGathered } from './evaluate.ts'
import { type Attack, gatherScores } from './gather-scores.ts'
import type { Labels } from './read-labels.ts'
import type { Reliability } from './reliability.ts'
import type { ScoreTable } from './score-table.ts'

/** False agent-days per 1,000 at which incidents are counted. */
export const REPORT_BUDGETS = [5, 1] as const

export interface Report {
  /** The version of the engine; undefined where scores were given. */
  readonly scoredWith: string | undefined
  readonly events: readonly string[]
  readonly history: readonly string[]
  readonly labels: string
  readonly isFrozen: boolean
  /** Seed of the intervals and of what is random among the contenders. */
  readonly seed: number
  readonly counts: { readonly events: number; readonly agents: number; readonly attacks: number }
  /** The first is what was evaluated, the others what it has to beat. */
  readonly contenders: readonly Contender[]
  /** What was alerted on as configured; undefined where scores were given. */
  readonly alerts: AlertEvaluation | undefined
  readonly reliability: Reliability | undefined
  readonly ablation: readonly Ablation[] | undefined
  /** Incidents missed at the first budget, each with its agent's scores around it. */
  readonly missed: readonly MissedAttack[]
}

export interface Contender {
  readonly name: string
  readonly evaluation: Evaluation
  readonly intervals: Intervals
  readonly curves: Curves
}

export interface AlertEvaluation {
  readonly alerts: number
  /** Alerts none of whose listed events is malicious. */
  readonly falseAlerts: number
  /** Agent-days, all events of which are honest, on which such an alert was opened, per benign one. */
  readonly falsePerThousandAgentDays: number
  /** Attacks with an event in an alert. */
  readonly found: number
}

/** What is left without one detector, everything else scored anew. */
export interface Ablation {
  readonly detector: string
  readonly found: readonly number[]
  readonly averagePrecision: number
  readonly rocAuc: number
  /** Incidents found at the first budget only with it, and only without it. */
  readonly lost: readonly string[]
  readonly gained: readonly string[]
}

export interface MissedAttack {
  readonly incident: string
  readonly scenario: string
  readonly agent: string
  readonly highest: number
  /** Above which there would have been an alarm. */
  readonly above: number
  readonly scores: readonly (readonly [atMs: number, score: number])[]
  readonly malicious: readonly (readonly [atMs: number, score: number])[]
}

/** Missed attacks shown; beyond it a reader looks into the scores themselves. */
const MISSED_MAX = 12
const AROUND_MS = 24 * 3_600_000
/** Points of a missed attack's plot: the highest score of each stretch. */
const POINTS_MAX = 300

export function contenderOf(
  name: string,
  table: ScoreTable,
  scores: ArrayLike<number>,
  { attacks, sessions }: Pick<Labels, 'attacks' | 'sessions'>,
  seed: number,
): Contender {
  const gathered = gatherScores(table.scoredBy(scores), attacks, sessions)
  return {
    name,
    evaluation: evaluateGathered(gathered, attacks, REPORT_BUDGETS),
    intervals: bootstrap(gathered, attacks.length, REPORT_BUDGETS, seed),
    curves: curvesOf(gathered),
  }
}

export function evaluateAlerts(
  alerts: readonly Alert[],
  attacks: readonly Attack[],
  benignAgentDays: number,
): AlertEvaluation {
  const malicious = new Set(attacks.flatMap(({ events }) => events))
  const listed = new Set(alerts.flatMap(({ events }) => events))
  const falseOnes = alerts.filter(({ events }) => !events.some((id) => malicious.has(id)))
  const falseDays = new Set(falseOnes.map(({ agent, time }) => `${time.slice(0, 10)} ${agent.id}`))
  return {
    alerts: alerts.length,
    falseAlerts: falseOnes.length,
    falsePerThousandAgentDays: (1000 * falseDays.size) / benignAgentDays,
    found: attacks.filter(({ events }) => events.some((id) => listed.has(id))).length,
  }
}

export function missedBy(
  { evaluation: { budgets } }: Contender,
  table: ScoreTable,
  scores: ArrayLike<number>,
  attacks: readonly Attack[],
): MissedAttack[] {
  const { findings, above } = budgets[0]!
  const places = new Map<string, number>()
  for (let at = 0; at < table.length; at++) places.set(table.ids[at]!, at)
  return attacks
    .filter((_, at) => findings[at]!.timeToDetectMs === undefined)
    .slice(0, MISSED_MAX)
    .flatMap(({ incident, scenario, events }) => {
      const own = events.flatMap((id) => places.get(id) ?? [])
      if (own.length === 0) return []
      const agent = mostFrequent(own.map((at) => table.agents[at]!))
      const point = (at: number) => [table.times[at]!, scores[at]!] as const
      const malicious = own.map(point).sort(([a], [b]) => a - b)
      const fromMs = malicious[0]![0] - AROUND_MS
      const toMs = malicious.at(-1)![0] + AROUND_MS
      const around: (readonly [number, number])[] = []
      for (let at = 0; at < table.length; at++) {
        const atMs = table.times[at]!
        if (table.agents[at] === agent && atMs >= fromMs && atMs <= toMs) around.push(point(at))
      }
      const highest = Math.max(...malicious.map(([, score]) => score))
      const shown = { scores: highestOf(around), malicious: highestOf(malicious) }
      return [{ incident, scenario, agent, highest, above, ...shown }]
    })
}

function mostFrequent(names: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most))[0]
}

/** The highest score of each of so many stretches of time. */
function highestOf(points: readonly (readonly [number, number])[]): [number, number][] {
  const ordered = [...points].sort(([a], [b]) => a - b)
  const [first, last] = [ordered[0]?.[0] ?? 0, ordered.at(-1)?.[0] ?? 0]
  const stretchMs = Math.max(1, (last - first) / POINTS_MAX)
  const highest = new Map<number, [number, number]>()
  for (const [atMs, score] of ordered) {
    const stretch = Math.floor((atMs - first) / stretchMs)
    const known = highest.get(stretch)
    if (known === undefined || score > known[1]) highest.set(stretch, [atMs, score])
  }
  return [...highest.values()]
}
