/**
 * Overdue: an agent is silent for longer than it ever was while it is usually active, and its peers are not.
 *
 * Asked of agents without an event of theirs: one whose schedule no longer fires, or whose log was
 * switched off, may never be heard of again. It is measured as gone-quiet measures a silence that has
 * ended. What time it is follows from the tenant's other agents; where they are silent too, an outage
 * of the log or a holiday, nothing is missed.
 *
 * Each agent is looked after at an hour before which it cannot be overdue, as its own hours of work say:
 * not while it works, once or twice in a usual night, and ever more seldom when it stays away.
 * Cost      Per agent some 20 µs a look; nothing per event.
 * Blind to  Agents without regular hours, tenants of three or fewer, and what peers have not handed in yet.
 */
import { HOUR_MS } from '../agent/context.ts'
import { AGREED_MIN, AWAKE_HOURS, agreedHour } from '../baselines/awake.ts'
import { baselines } from '../baselines/index.ts'
import { missedBy, missedWith, readSilence } from '../baselines/missed.ts'
import { gainAt } from '../math/decay.ts'
import { log1p } from '../math/logs.ts'
import { alignGroup, type Group } from '../scoring/knowledge.ts'
import { align } from '../scoring/memory.ts'
import type { AgentState } from './agent-state.ts'

/**
 * How surprising what was missed must be, in nats. On four generated tenants 0.4 to 1.8 honest agents a
 * thousand agent-days are listed at 6, nearly all paused or ended by people, and 85 % of the regular
 * agents that are switched off, half of them within three days; at 8 half as many and 60 %.
 */
const NATS_MIN = 6
/** How many times as much is missed as ever before, one hour added to both. */
const FACTOR_MIN = 2
/** An agent has shown by then on which days of the week it rests. */
const KNOWN_MIN_MS = 14 * 24 * HOUR_MS
/** Hours of silence before which no agent is overdue. */
const SILENT_MIN = Math.ceil(missedWith(NATS_MIN))
/** One that is not overdue is looked after again when its silence is an eighth longer. */
const LONGER = 1 / 8

export interface Overdue {
  /** Whole hours without an event, up to the latest that its tenant's agents agree upon. */
  readonly silentHours: number
  /** In how many of them it is usually active; of a long silence the latest ten days are counted. */
  readonly missedHours: number
  /** The most it has missed so far. */
  readonly missedHoursMax: number
}

/**
 * Whether the agent is overdue, as of what its tenant knows; undefined where it is not, or where that
 * cannot be told. Memories that are read together are brought to one landmark on the way.
 */
export function overdueOf(
  { memory, context, firstMs }: AgentState,
  tenant: Group | undefined,
  peers: Group | undefined,
): Overdue | undefined {
  const lastMs = heardMs({ memory, context })
  if (tenant === undefined || lastMs - firstMs < KNOWN_MIN_MS) return undefined
  const agreed = clockOf(tenant)
  if (agreed * HOUR_MS <= lastMs) return undefined
  const stretches = [memory, tenant.memory, peers?.memory].map((one) => one?.stretch ?? 0)
  const stretch = Math.max(...stretches)
  align(memory, stretch)
  alignGroup(tenant, stretch)
  if (peers !== undefined) alignGroup(peers, stretch)
  const kin = {
    tenant: tenant.memory.memories.hours,
    blueprint: peers?.memory.memories.hours,
  }
  const atMs = agreed * HOUR_MS
  const reading = baselines.hours.blankReading()
  readSilence(memory.memories.hours, kin, lastMs, atMs, gainAt(atMs, stretch), reading)
  const { silentHours, missedHours, missedNats, logMostMissed } = reading
  if (missedNats < NATS_MIN) return undefined
  if (log1p(missedHours) - logMostMissed < Math.log(FACTOR_MIN)) return undefined
  return { silentHours, missedHours, missedHoursMax: Math.expm1(logMostMissed) }
}

/** The latest moment of which it is known that the agent was heard of, in history too; epoch ms. */
export function heardMs({ memory, context }: Pick<AgentState, 'memory' | 'context'>): number {
  return Math.max(context.lastMs, memory.memories.hours.latest * HOUR_MS)
}

/** What hour it is in a tenant: the latest that its agents agree upon; 0 where there is none. */
export function clockOf(tenant: Group | undefined): number {
  if (tenant === undefined || tenant.population.agents < AGREED_MIN) return 0
  return agreedHour(tenant.memory.memories.hours.awake, AGREED_MIN)
}

/** The clock hour at which to look after an agent first that was heard of then, epoch ms. */
export function firstLook(atMs: number): number {
  return Math.floor(atMs / HOUR_MS) + 1 + SILENT_MIN
}

/** The clock hour at which to look after an agent again, or that it is overdue. */
export function nextLook(
  state: AgentState,
  clockHour: number,
  tenant: Group | undefined,
  peers: Group | undefined,
): number | 'overdue' {
  const atMs = heardMs(state)
  const first = firstLook(atMs)
  if (first > clockHour) return first
  const heardHour = Math.floor(atMs / HOUR_MS)
  const endHour = heardHour + AWAKE_HOURS
  if (clockHour < endHour) {
    const earliest = Math.min(earliestOf(state, heardHour), endHour)
    if (earliest > clockHour) return earliest
  }
  return overdueOf(state, tenant, peers) === undefined ? lookAgain(state, clockHour) : 'overdue'
}

/** The clock hour at which to look again after one of which nothing is to be told yet. */
export function lookAgain(state: AgentState, clockHour: number): number {
  const silent = clockHour - Math.floor(heardMs(state) / HOUR_MS)
  return clockHour + Math.max(1, Math.floor(silent * LONGER))
}

/** Before which hour it cannot have missed as much as there must be. */
function earliestOf({ memory, firstMs }: AgentState, heardHour: number): number {
  const heardMs = heardHour * HOUR_MS
  if (heardMs - firstMs < KNOWN_MIN_MS - HOUR_MS) return Number.POSITIVE_INFINITY
  const { hours } = memory.memories
  const factor = FACTOR_MIN * Math.exp(hours.missed[3]!) - 1
  const gain = gainAt(heardMs, memory.stretch)
  return missedBy(hours, heardHour, Math.max(factor, missedWith(NATS_MIN)), gain)
}
