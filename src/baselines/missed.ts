/**
 * Missed: how surprising it is that nothing was heard of an agent, by the hours of the clock and by
 * the hours among them in which it is usually active.
 *
 * A silence that is a record is read as the agent's silences so far expect the next. Hours count as
 * missed as far as its peers were active then: an outage of the log or a holiday is missed by all.
 */
import { HOUR_MS } from '../agent/context.ts'
import { HALF_LIFE_MS } from '../math/decay.ts'
import { log1p } from '../math/logs.ts'
import { isRecord, type Prior, priorFrom, upperSurprise } from '../math/moments.ts'
import { AWAKE_HOURS, awakeAt } from './awake.ts'
import type { Kin } from './baseline.ts'
import type { HoursMemory } from './hours.ts'
import { HOURS_PER_WEEK, likelihood, weekHourOf } from './week.ts'

/** Whole hours of silence from which on it is asked what was missed in them: a pause is none. */
const MISSED_FROM = 2
/** Peers supposed besides those there are, always active: the lack of one or two says little. */
const PEERS_SUPPOSED = 0.5
/** Shape of the gamma around the hours expected: they come together, and stay away together. */
const TOGETHER = 8
/** Weeks without activity that are supposed at the start. */
const IDLE_WEEKS = 0.5
/** Weeks of evenly faded counts, at most. */
const WEEKS_AT_MOST = HALF_LIFE_MS / HOUR_MS / HOURS_PER_WEEK / Math.LN2

/** What is supposed of one of whom nothing is known, and how far beyond always is not yet strange. */
const SUPPOSED = {
  // Some hours, give or take a lot; half as long again.
  silence: { unknown: { mean: 2, variance: 1 }, deviationMin: 0.4 },
  // Some part of an hour, now and then more; a third more.
  missed: { unknown: { mean: 0.3, variance: 0.5 }, deviationMin: 0.3 },
} as const

export interface SilenceReading {
  /** Whole hours without an event before this one, and how surprising so many are, in nats. */
  silentHours: number
  silenceNats: number
  /** Logarithm of one more than the longest silence so far; 0 where this is none. */
  logLongestSilence: number
  /** In how many hours of it the agent is usually active, and how surprising that is, in nats. */
  missedHours: number
  missedNats: number
  /** Logarithm of one more than the most missed so far. */
  logMostMissed: number
}

/**
 * Reads the silence that ended with an event: its whole hours, the usually active ones among them,
 * and how surprising both are, in nats; all 0 where there was none.
 *
 * @param previousMs the agent's event before, epoch ms; 0 for none
 */
export function readSilence(
  own: HoursMemory,
  kin: Kin<HoursMemory>,
  previousMs: number,
  atMs: number,
  gain: number,
  into: SilenceReading,
): void {
  readLength(own, kin, silenceBefore(previousMs, atMs), gain, into)
  readMissed(own, kin, Math.floor(atMs / HOUR_MS), gain, into)
}

/**
 * The clock hour by which so many hours at least can have been missed of an agent that was heard of last
 * in another, were all its peers active; infinite where that takes more than ten days.
 */
export function missedBy(
  own: HoursMemory,
  heardHour: number,
  missedHours: number,
  gain: number,
): number {
  const weeks = weeksOf(own, heardHour + 1)
  let missed = 0
  for (let hour = heardHour + 1; hour <= heardHour + AWAKE_HOURS; hour++) {
    missed += Math.min(activeIn(own, hour, gain, weeks), 1)
    if (missed >= missedHours) return hour + 1
  }
  return Number.POSITIVE_INFINITY
}

/** The least that must have been missed to be as surprising as that, in nats. */
export function missedWith(nats: number): number {
  return TOGETHER * Math.expm1(nats / TOGETHER)
}

/** Whole hours of the clock without an event before this one; 0 for the first and for late ones. */
function silenceBefore(previousMs: number, atMs: number): number {
  if (previousMs === 0) return 0
  return Math.max(0, Math.floor(atMs / HOUR_MS) - Math.floor(previousMs / HOUR_MS) - 1)
}

function readLength(
  own: HoursMemory,
  kin: Kin<HoursMemory>,
  silent: number,
  gain: number,
  into: SilenceReading,
): void {
  into.silentHours = silent
  into.silenceNats = 0
  into.logLongestSilence = 0
  if (silent === 0) return
  into.logLongestSilence = own.silence[3]!
  into.silenceNats = recordNats('silence', own, kin, log1p(silent), gain)
}

/** A silence in hours at which the agent is usually active is another than one at night. */
function readMissed(
  own: HoursMemory,
  kin: Kin<HoursMemory>,
  clockHour: number,
  gain: number,
  into: SilenceReading,
): void {
  into.missedHours = 0
  into.missedNats = 0
  into.logMostMissed = 0
  const { silentHours } = into
  if (silentHours < MISSED_FROM) return
  const missed = missedIn(own, kin, clockHour, Math.min(silentHours, AWAKE_HOURS), gain)
  into.missedHours = missed
  into.logMostMissed = own.missed[3]!
  const nats = recordNats('missed', own, kin, log1p(missed), gain)
  into.missedNats = Math.min(nats, TOGETHER * log1p(missed / TOGETHER))
}

/** In how many of so many hours before this one the agent is usually active, as its peers were then. */
function missedIn(
  own: HoursMemory,
  { blueprint, tenant }: Kin<HoursMemory>,
  clockHour: number,
  silent: number,
  gain: number,
): number {
  const weeks = weeksOf(own, clockHour - silent)
  const ofTenant = weeksOf(tenant, clockHour)
  const ofBlueprint = blueprint === undefined ? 0 : weeksOf(blueprint, clockHour)
  let missed = 0
  for (let hour = clockHour - silent; hour < clockHour; hour++) {
    const rate = Math.min(activeIn(own, hour, gain, weeks), 1)
    let present = presence(tenant, hour, gain, ofTenant, rate)
    if (blueprint !== undefined) {
      present = Math.min(present, presence(blueprint, hour, gain, ofBlueprint, rate))
    }
    missed += rate * present
  }
  return missed
}

/** Which part of a member's usual peers were active in an hour, in (0, 1]; `own` is how often it is. */
function presence(
  group: HoursMemory,
  clockHour: number,
  gain: number,
  weeks: number,
  own: number,
): number {
  const usual = Math.max(0, activeIn(group, clockHour, gain, weeks) - own)
  return Math.min(1, (awakeAt(group.awake, clockHour) + PEERS_SUPPOSED) / (usual + PEERS_SUPPOSED))
}

/** How many of a group are usually active in this hour of the week; of an agent, how often it is. */
function activeIn(memory: HoursMemory, clockHour: number, gain: number, weeks: number): number {
  if (memory.total === 0) return 0
  const hour = weekHourOf(clockHour)
  return (likelihood(memory, hour, gain, 1) * memory.total) / (gain * HOURS_PER_WEEK * weeks)
}

/** How many weeks the counts come from, faded as they are. */
function weeksOf({ since, latest }: HoursMemory, clockHour: number): number {
  const lived = since === 0 ? Infinity : Math.max(0, Math.max(clockHour, latest) - since)
  const halfLives = (lived * HOUR_MS) / HALF_LIFE_MS
  return (1 - 2 ** -halfLives) * WEEKS_AT_MOST + IDLE_WEEKS
}

/** How surprising a value is where it is a record of the agent's, in nats; 0 where it is none. */
function recordNats(
  of: 'silence' | 'missed',
  own: HoursMemory,
  { blueprint, tenant }: Kin<HoursMemory>,
  value: number,
  gain: number,
): number {
  if (!isRecord(own[of], 0, value)) return 0
  const { unknown, deviationMin } = SUPPOSED[of]
  let prior = priorFrom(tenant[of], 0, gain, unknown, scratchTenant)
  if (blueprint !== undefined) prior = priorFrom(blueprint[of], 0, gain, prior, scratchBlueprint)
  return upperSurprise(own[of], 0, gain, prior, value, deviationMin)
}

const scratchTenant: Prior = { mean: 0, variance: 0 }
const scratchBlueprint: Prior = { mean: 0, variance: 0 }
