/** Play: what a run adds to the background is delivered with it, judged, and what was told of it kept. */
import { parseRegistry } from '../../agent/registry.ts'
import type { Alert } from '../../alert/alert.ts'
import { alertFor } from '../../alert/raise.ts'
import { agentKey, type Mode } from '../../engine.ts'
import { channels, EVENT } from '../../scoring/channels.ts'
import { Replay, type ReplayOptions } from '../replay.ts'
import { DAY_MS } from '../simulate/clock.ts'
import { arrivals, type Silence } from '../simulate/deliver.ts'
import type { Company } from '../simulate/found-company.ts'
import type { Occurrence } from '../simulate/occurrence.ts'
import { type RegistryEntry, registerAll } from '../simulate/registry.ts'
import type { SimulatedAgent } from '../simulate/world.ts'
import { type Background, type Delivered, deliveredOf } from './background.ts'

/** What happens in a run beside the background. */
export interface Plot {
  readonly company: Company
  readonly attacks: readonly Occurrence[]
  readonly silences: readonly Silence[]
  readonly registered: readonly RegistryEntry[]
  /** Agents that work otherwise than in the background: all their events are made anew. */
  readonly changed: readonly SimulatedAgent[]
  /** From when on anything differs, and until when it is judged; ms since the epoch. */
  readonly fromMs: number
  readonly untilMs: number
}

/** What was told of one case, over all its revisions. */
export interface Told {
  alert: Alert
  readonly events: Set<string>
}

/** What one malicious event came to. */
export interface Judged {
  readonly id: string
  readonly action: string
  readonly resource: string
  readonly outcome: string
  readonly score: number
  /** The most surprised detectors, with their nats. */
  readonly top: readonly (readonly [detector: string, nats: number])[]
}

export interface Played {
  readonly told: readonly Told[]
  readonly judged: readonly Judged[]
}

const ALERTING: Mode = { isAlerting: true, frozenMs: undefined }
/** Sessions last no longer: so long before judging begins a changed agent's are made anew. */
const SESSION_MAX_MS = 2 * DAY_MS
const TOP = 4

/** Judges the plot, from its beginning where anything differs before the background is learned. */
export function play(
  background: Background,
  plot: Plot,
  options: Omit<ReplayOptions, 'registry'>,
): Played {
  const { company, registered, fromMs, untilMs } = plot
  const entries = [...registerAll(company.world), ...registered]
  const { registry } = parseRegistry(JSON.stringify(entries))
  const isResumed = fromMs >= background.judgedMs
  const replay = isResumed
    ? background.resume({ ...options, registry })
    : new Replay({ ...options, registry })
  const malicious = new Set(plot.attacks.map(({ event }) => event.id))
  const told = new Map<string, Told>()
  const judged: Judged[] = []
  for (const { event, arrivesMs } of streamOf(background, plot, isResumed)) {
    if (arrivesMs > untilMs) break
    const verdict = replay.take(event, ALERTING)
    const alerts = [...replay.takeOverdue()]
    if (verdict?.alert !== undefined) alerts.push(verdict.alert)
    for (const alert of alerts) {
      const known = told.get(alert.id) ?? { alert, events: new Set<string>() }
      known.alert = alert
      for (const id of alert.events) known.events.add(id)
      told.set(alert.id, known)
    }
    if (verdict === undefined || !malicious.has(event.id)) continue
    const { id, action, resource, outcome } = event
    const top = topOf(verdict.surprises)
    judged.push({ id, action, resource: resource.id, outcome, score: verdict.score, top })
    // A case grows on after it was told last.
    const key = agentKey(event)
    const open = replay.engineFor(key).agents.get(key)?.case
    const its = open === undefined ? undefined : told.get(open.id)
    if (its !== undefined && open !== undefined) {
      for (const one of alertFor(open, event).events) its.events.add(one)
    }
  }
  return { told: [...told.values()], judged }
}

/** The events to be taken, in order of arrival. */
function streamOf(
  { delivered, learned, judgedMs, startMs }: Background,
  { company: { world }, attacks, silences, changed, untilMs }: Plot,
  isResumed: boolean,
): Delivered[] {
  const anew = new Set(changed.map(({ id }) => id))
  const before = new Set<string>() // second copies of what was learned already
  const stream: Delivered[] = []
  for (let at = 0; at < delivered.length; at++) {
    const one = delivered[at]!
    if (one.arrivesMs > untilMs) break
    if (isResumed && at < learned) {
      if (one.arrivesMs > judgedMs - SESSION_MAX_MS) before.add(one.event.id)
      continue
    }
    if (anew.has(one.agent) || isSilent(one, silences) || before.has(one.event.id)) continue
    stream.push(one)
  }
  const fromMs = isResumed ? judgedMs - SESSION_MAX_MS : startMs
  const its = { ...world, agents: changed, startMs: fromMs, endMs: Math.min(untilMs, world.endMs) }
  for (const occurrence of arrivals(its, attacks, silences)) {
    const { arrivesMs, event } = occurrence
    if (isResumed && (arrivesMs < judgedMs || before.has(event.id))) continue
    stream.push(deliveredOf(occurrence))
  }
  return stream.sort((a, b) => a.arrivesMs - b.arrivesMs || a.happenedMs - b.happenedMs)
}

function isSilent({ agent, happenedMs }: Delivered, silences: readonly Silence[]): boolean {
  return silences.some(
    (silence) =>
      silence.agent.id === agent && happenedMs >= silence.fromMs && happenedMs < silence.toMs,
  )
}

function topOf(surprises: Float64Array): Judged['top'] {
  return Array.from(surprises.subarray(0, EVENT), (nats, at): [string, number] => [
    channels[at]!,
    Math.round(nats * 10) / 10,
  ])
    .filter(([, nats]) => nats > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, TOP)
}
