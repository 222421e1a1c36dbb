/** Shows an evaluation as tables for a terminal. */
import type { Interval } from '../offline/bootstrap.ts'
import type { ReliabilityRow } from '../offline/reliability.ts'
import { LEVELS } from '../offline/reliability.ts'
import { type Contender, REPORT_BUDGETS, type Report } from '../offline/report.ts'
import { count, oneLine } from './show-alerts.ts'

type Row = readonly string[]
/** Scenarios named of those that are lost without a detector. */
const LOST_SHOWN_MAX = 3

/** Several tables, each under a heading that says what its numbers are. */
export function shownReport(report: Report): string {
  const parts = [contenders(report), sessions(report), alerts(report), scenarios(report)]
  parts.push(reliability(report), ablation(report))
  return `${parts.filter((part) => part !== undefined).join('\n\n')}\n`
}

function contenders({ contenders: all, counts, seed }: Report): string {
  const { agentDays, maliciousEvents } = all[0]!.evaluation
  const size = [
    count(counts.events, 'event'),
    count(counts.agents, 'agent'),
    count(agentDays, 'agent-day'),
    `${count(counts.attacks, 'attack')} with ${count(maliciousEvents, 'event')}`,
  ]
  const head = ['', ...REPORT_BUDGETS.map((budget) => `found at ${budget}/1,000`)]
  head.push('event AP', 'event ROC', 'recall', 'precision', 'median, p90 to detect')
  const rows = all.map(({ name, evaluation, intervals }) => {
    const { budgets, averagePrecision, rocAuc } = evaluation
    const [first] = budgets
    return [
      name,
      ...budgets.map(({ found, attacks }, at) => share(found / attacks, intervals.found[at])),
      decimal(averagePrecision, intervals.averagePrecision),
      decimal(rocAuc, intervals.rocAuc),
      percent(first!.recall),
      percent(first!.precision),
      `${duration(first!.medianTimeToDetectMs)}, ${duration(first!.p90TimeToDetectMs)}`,
    ]
  })
  const note = `Attacks found at 5 and 1 false agent-days per 1,000; recall and precision of events at 5.
Brackets hold 95 % of the draws of agents and attacks, seed ${seed}.`
  return [size.join(' · '), '', table([head, ...rows]), '', note].join('\n')
}

function sessions({ contenders: all }: Report): string | undefined {
  const judged = all.flatMap(({ name, evaluation: { sessions: its }, intervals }: Contender) =>
    its === undefined ? [] : [{ name, its, intervals: intervals.sessions }],
  )
  const [first] = judged
  if (first === undefined || first.its.malicious === 0) return undefined
  const rows = judged.map(({ name, its, intervals }) => [
    name,
    decimal(its.averagePrecision, intervals?.averagePrecision),
    decimal(its.rocAuc, intervals?.rocAuc),
  ])
  const size = `${count(first.its.sessions, 'session')}, ${first.its.malicious.toLocaleString('en')} malicious`
  return `By session, each with its highest score: ${size}\n\n${table([['', 'AP', 'ROC'], ...rows])}`
}

function alerts({ alerts: its, counts }: Report): string | undefined {
  if (its === undefined) return undefined
  const { alerts: all, falseAlerts, falsePerThousandAgentDays, found } = its
  const rate = falsePerThousandAgentDays.toFixed(1)
  return `As configured: ${count(all, 'alert')}, ${falseAlerts} of them false, on ${rate} of 1,000 benign agent-days; ${found} of ${count(counts.attacks, 'attack')} alerted on`
}

function scenarios({ contenders: [own] }: Report): string {
  const [first, second] = own!.evaluation.budgets
  const rows = Object.entries(first!.byScenario)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([scenario, { attacks, found }]) => [
      oneLine(scenario),
      String(attacks),
      String(found),
      String(second!.byScenario[scenario]!.found),
    ])
  return table([['scenario', 'attacks', 'found at 5', 'at 1'], ...rows])
}

function reliability({ reliability: its }: Report): string | undefined {
  if (its === undefined) return undefined
  const head = ['honest ones at p ≤', ...LEVELS.map(String)]
  const size = `${count(its.honestEvents, 'honest event')}, ${count(its.benignAgentDays, 'benign agent-day')}`
  const note = `Share seen to share said; ↑ and ↓ are off by more than 1.5, ? has too few to tell. ${size}`
  return `${table([head, ...its.rows.map(reliabilityRow)])}\n\n${note}`
}

const MARKS = { within: ' ', above: '↑', below: '↓', 'too few': '?' } as const

function reliabilityRow({ channel, unit, cells }: ReliabilityRow): Row {
  const name = unit === 'agent' ? `${channel} (of the agent)` : channel
  return [name, ...cells.map(({ ratio, mark }) => `${ratio.toFixed(2)} ${MARKS[mark]}`)]
}

function ablation({ ablation: its, contenders: [own] }: Report): string | undefined {
  if (its === undefined) return undefined
  const { budgets, averagePrecision, rocAuc } = own!.evaluation
  const scenarioOf = new Map(budgets[0]!.findings.map((one) => [one.incident, one.scenario]))
  const named = (incidents: readonly string[]) =>
    incidents
      .slice(0, LOST_SHOWN_MAX)
      .map((incident) => oneLine(scenarioOf.get(incident) ?? incident))
      .join(', ')
  const head = ['without', ...REPORT_BUDGETS.map((budget) => `found at ${budget}`), 'AP', 'ROC']
  head.push('lost')
  const rows = [...its]
    .sort((a, b) => a.averagePrecision - b.averagePrecision)
    .map((one) => [
      one.detector,
      ...one.found.map((found, at) => `${found} ${signed(found - budgets[at]!.found, 0)}`),
      `${one.averagePrecision.toFixed(3)} ${signed(one.averagePrecision - averagePrecision, 3)}`,
      `${one.rocAuc.toFixed(4)} ${signed(one.rocAuc - rocAuc, 4)}`,
      named(one.lost),
    ])
  return `Scored anew without each detector; in brackets what changed\n\n${table([head, ...rows])}`
}

export const percent = (part: number): string =>
  Number.isNaN(part) ? '–' : `${Math.round(100 * part)} %`
const signed = (change: number, digits: number): string =>
  `(${change > 0 ? '+' : ''}${change.toFixed(digits)})`

function share(part: number, interval: Interval | undefined): string {
  if (interval === undefined || Number.isNaN(interval[0])) return percent(part)
  return `${percent(part)} [${interval.map((end) => Math.round(100 * end)).join('–')}]`
}

function decimal(value: number, interval: Interval | undefined): string {
  if (Number.isNaN(value)) return '–'
  if (interval === undefined || Number.isNaN(interval[0])) return value.toFixed(3)
  return `${value.toFixed(3)} [${interval.map((end) => end.toFixed(3)).join('–')}]`
}

/** "40 s", "12 min", "3.5 h", "2.1 d". */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return '–'
  const minutes = ms / 60_000
  if (minutes < 1) return `${Math.round(ms / 1000)} s`
  if (minutes < 60) return `${Math.round(minutes)} min`
  return minutes < 1440 ? `${(minutes / 60).toFixed(1)} h` : `${(minutes / 1440).toFixed(1)} d`
}

/** The first column to the left, the others to the right. */
function table(rows: readonly Row[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
