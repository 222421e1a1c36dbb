/**
 * Overdue: an agent is silent for longer than it ever was while it is usually active, and its peers are not.
 *
 * Asked of agents without an event of theirs: one whose schedule no longer fires, or whose log was
 * switched off, may never be heard of again. It is measured as gone-quiet measures a silence that has
 * ended. What time it is follows from the tenant's other agents; where they are silent too, an outage
 * of the log or a holiday, nothing is missed.
 * Blind to  Agents without regular hours, tenants of three or fewer, and what peers have not handed in yet.
 */
import { HOUR_MS } from '../agent/context.ts'
import { agreedHour } from '../baselines/awake.ts'
import { baselines } from '../baselines/index.ts'
import { readSilence } from '../baselines/missed.ts'
import { gainAt } from '../math/decay.ts'
import { log1p } from '../math/logs.ts'
import { alignGroup, type Group } from '../scoring/knowledge.ts'
import { align } from '../scoring/memory.ts'
import type { AgentState } from './agent-state.ts'

/** Agents that must have been active in an hour to say that it has come: one may have a wrong clock. */
const AGREED_MIN = 3
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
  const { lastMs } = context
  if (tenant === undefined || lastMs - firstMs < KNOWN_MIN_MS) return undefined
  const agreed = agreedHour(tenant.memory.memories.hours.awake, AGREED_MIN)
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
