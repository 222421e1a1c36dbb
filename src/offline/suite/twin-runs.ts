/**
 * Twin runs: every honest change against the background alone, and the background without it.
 *
 * A twin alarms where an alert of high or critical severity is told of an agent it concerns, in the
 * time it concerns, and the same agent has none then in the world without the change. Of what the
 * calendar brings there is no such world: its alarms are counted beside those of ordinary agent-days.
 */
import { random } from '../../math/random.ts'
import type { Severity } from '../../scoring/threshold.ts'
import type { ReplayOptions } from '../replay.ts'
import { DAY_MS } from '../simulate/clock.ts'
import type { Oddity } from '../simulate/impose.ts'
import type { SimulatedAgent } from '../simulate/world.ts'
import type { Background } from './background.ts'
import { type Plot, play, type Told } from './play.ts'
import { type Calendar, plannedMs, type Twin } from './twins.ts'

/** Severities that a twin must not raise. */
export const GRAVE: readonly Severity[] = ['high', 'critical']
/** A change for good concerns its agents for so long; one that ends, for a day more. */
const LASTING_MS = 7 * DAY_MS
const AFTER_MS = DAY_MS

export interface TwinAlarm {
  readonly agent: string
  readonly severity: Severity
  readonly time: string
  /** Strongest first. */
  readonly detectors: readonly string[]
  readonly title: string
}

export interface TwinRun {
  readonly twin: Twin
  readonly calendar: Calendar
  readonly seed: number
  /** Agents it concerns, and their days at work in the time it concerns. */
  readonly agents: number
  readonly agentDays: number
  /** High and critical alerts of the agents concerned, in the time concerned. */
  readonly grave: number
  /** The same in the world without the change; undefined where there is none. */
  readonly graveWithout: number | undefined
  /** Alerts of any severity. */
  readonly alerts: number
  /** Those of the grave ones that the change raised. */
  readonly alarms: readonly TwinAlarm[]
}

export function runTwin(
  background: Background,
  twin: Twin,
  calendar: Calendar,
  options: Omit<ReplayOptions, 'registry'>,
): TwinRun {
  const { judgedMs, endMs } = background
  const { plot, oddities } = plotOf(background, twin, calendar)
  const spans = oddities.map((oddity) => ({ oddity, ...spanOf(oddity, judgedMs, endMs) }))
  const untilMs = Math.min(endMs, Math.max(...spans.map(({ toMs }) => toMs)) + AFTER_MS)
  const isConcerned = (agent: string, firstMs: number, lastMs: number): boolean =>
    spans.some(
      ({ oddity, fromMs, toMs }) =>
        oddity.agents.includes(agent) && lastMs >= fromMs && firstMs < toMs,
    )
  const concerns = ({ alert: { agent, time, lastTime } }: Told): boolean =>
    isConcerned(agent.id, Date.parse(time), Date.parse(lastTime))
  const told = play(background, { ...plot, untilMs }, options).told.filter(concerns)
  const isGrave = ({ alert }: Told) => GRAVE.includes(alert.severity)
  const grave = told.filter(isGrave)
  const without = twin.isOfCalendar
    ? undefined
    : play(background, { ...unchanged(background, plot), untilMs }, options)
        .told.filter(concerns)
        .filter(isGrave)
  const alike = new Set(without?.map(({ alert }) => alert.agent.id))
  const days = background.delivered
    .filter(({ agent, happenedMs }) => isConcerned(agent, happenedMs, happenedMs))
    .map(({ agent, happenedMs }) => `${Math.floor(happenedMs / DAY_MS)} ${agent}`)
  return {
    twin,
    calendar,
    seed: background.options.seed,
    agentDays: new Set(days).size,
    agents: new Set(oddities.flatMap(({ agents }) => agents)).size,
    grave: grave.length,
    graveWithout: without?.length,
    alerts: told.length,
    alarms: grave.filter(({ alert }) => !alike.has(alert.agent.id)).map(alarmOf),
  }
}

interface Planned {
  readonly plot: Plot
  readonly oddities: readonly Oddity[]
}

function plotOf(background: Background, { name, plan }: Twin, calendar: Calendar): Planned {
  const { judgedMs } = background
  const company = background.found()
  const { world, population } = company
  const before = new Map(population.map((agent) => [agent, agent.releases]))
  const rng = random(`suite/${world.seed}`).fork(`${name}/${calendar}`)
  const oddities = plan({ company, rng, judgedMs, atMs: plannedMs(judgedMs) })
  const isChanged = (agent: SimulatedAgent) =>
    agent.changes.length > 0 || before.get(agent) !== agent.releases
  const changed = new Set(population.filter(isChanged))
  for (const agent of changed) for (const called of agent.calls) changed.add(called)
  const plot = {
    company,
    attacks: [],
    silences: [],
    registered: [],
    changed: [...changed],
    fromMs: Math.min(
      judgedMs + 1,
      ...[...changed].flatMap(({ changes }) => changes.map(({ fromMs }) => fromMs)),
    ),
    untilMs: background.endMs,
  }
  return { plot, oddities }
}

/** The same span of the same background, without the change. */
function unchanged(background: Background, plot: Plot): Plot {
  return { ...plot, company: background.found(), changed: [] }
}

function spanOf(
  { startMs, endMs }: Oddity,
  judgedMs: number,
  worldEndMs: number,
): { fromMs: number; toMs: number } {
  const fromMs = Math.max(startMs, judgedMs)
  const toMs = Number.isFinite(endMs) ? endMs + AFTER_MS : fromMs + LASTING_MS
  return { fromMs, toMs: Math.min(toMs, worldEndMs) }
}

function alarmOf({ alert: { agent, severity, time, reasons, title } }: Told): TwinAlarm {
  const detectors = reasons.map(({ detector }) => detector)
  return { agent: agent.id, severity, time, detectors, title }
}
