/**
 * Trouble: how many of an agent's peers are failing, or being refused, at the same time as it is.
 *
 * What many meet at once, an outage or a locked directory, is not one agent's oddity. A group keeps by
 * hour of the clock how many of its calls ended how, in a tally. Of an agent's calls in ten minutes the
 * first, second, fourth, eighth and so on count, so that a busy one does not speak for all; of an
 * agent's own none does.
 */
import { HOUR_MS, MINUTE_MS, spans, startOf } from '../agent/context.ts'
import type { Event } from '../event/event.ts'
import { addTo, type Tallies, weightOf } from '../math/tally.ts'
import type { Kin, Moment } from './baseline.ts'

/** Keys of one hour, and of all hours: calls, then those that failed, then those that were denied. */
export const TROUBLE_KEYS_MAX = 192
const KEYS_PER_HOUR = 4
const CALLS = 1
const FAILED = 2
const DENIED = 3

const TEN_MINUTES = startOf(spans.indexOf('10 min'))
const HOUR = startOf(spans.indexOf('hour'))
const DAY = startOf(spans.indexOf('day'))
const SLICES = HOUR_MS / (10 * MINUTE_MS)
/** Calls of peers, ending as usual, that are supposed besides those there were. */
const CALLS_SUPPOSED = 4
/** Fewer calls of an hour that ended so are no trouble of many, whatever their share. */
const MET_MIN = 2

/**
 * Which part of the agent's peers met of late what the event met, or failure if it met none, beyond the
 * usual, in [0, 1]: of its blueprint or of its tenant, whichever suffers more. `at` is the tally's place.
 */
export function troubleOf(
  { blueprint, tenant }: Kin<Tallies>,
  { event, context: { windows }, gain }: Moment,
  at: number,
): number {
  const hour = Math.floor(event.atMs / HOUR_MS)
  const kind = event.outcome === 'denied' ? DENIED : FAILED
  const most = troubleIn(tenant, at, hour, kind, windows, gain)
  if (blueprint === undefined) return most
  return Math.max(most, troubleIn(blueprint, at, hour, kind, windows, gain))
}

/** In this hour or in the one before. */
function troubleIn(
  group: Tallies,
  at: number,
  hour: number,
  kind: number,
  windows: Float64Array,
  gain: number,
): number {
  return Math.max(
    troubleAt(group, at, hour, kind, windows[HOUR]!, gain),
    troubleAt(group, at, hour - 1, kind, windows[DAY]!, gain),
  )
}

/** `calls` are those of the agent itself, or more. */
function troubleAt(
  group: Tallies,
  at: number,
  hour: number,
  kind: number,
  calls: number,
  gain: number,
): number {
  const met = weightOf(group, at, keyOf(hour, kind)) / gain
  if (met < MET_MIN) return 0
  const own = ownAtMost(calls)
  if (met - own < MET_MIN) return 0
  const others = Math.max(weightOf(group, at, keyOf(hour, CALLS)) / gain, met) - own
  const all = weightOf(group, at, CALLS)
  const usual = all === 0 ? 0 : Math.min(weightOf(group, at, kind) / all, 1)
  const share = (met - own + CALLS_SUPPOSED * usual) / (others + CALLS_SUPPOSED)
  return share <= usual ? 0 : (share - usual) / (1 - usual)
}

/** Counts the event with its agent's groups, where it is one that counts. */
export function learnTrouble(
  groups: readonly Tallies[],
  { event, context: { windows } }: Moment,
  at: number,
  weight: number,
): void {
  const nth = windows[TEN_MINUTES]! | 0
  if ((nth & (nth - 1)) !== 0) return
  const hour = Math.floor(event.atMs / HOUR_MS)
  const kind = kindOf(event)
  for (const group of groups) {
    addTo(group, at, CALLS, weight)
    addTo(group, at, keyOf(hour, CALLS), weight)
    if (kind === CALLS) continue
    addTo(group, at, kind, weight)
    addTo(group, at, keyOf(hour, kind), weight)
  }
}

/** Hours since the epoch are many enough that no key of one is that of all hours. */
function keyOf(hour: number, kind: number): number {
  return hour * KEYS_PER_HOUR + kind
}

function kindOf({ outcome }: Event): number {
  if (outcome === 'success') return CALLS
  return outcome === 'denied' ? DENIED : FAILED
}

/** How many of so many calls of an agent count in an hour at most: its own trouble is no excuse. */
function ownAtMost(calls: number): number {
  return calls <= SLICES ? calls : SLICES * (1 + Math.log2(calls / SLICES))
}
