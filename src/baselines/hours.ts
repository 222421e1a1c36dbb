/**
 * Hours: when in the week an agent works.
 *
 * Faded counts of the clock hours it was active in, by hour of the UTC week. An hour is as likely as
 * the agent's hours of the day times its days of the week say, corrected by what is known of that
 * very hour; few hours seen lean on the blueprint's week, and that on the tenant's. A silence before
 * it that is a record is read as its silences so far, in logarithms, expect the next: by its hours,
 * and by how many hours went by in which the agent is usually active, as far as its peers were so then.
 * Source    Gelman et al. (2013), "Bayesian Data Analysis", 5.2: Dirichlet priors, level by level;
 *           2.6: a negative binomial's zero bounds how surprising a silence is.
 * Departs   An hour counts once however much was done in it, so that one busy night is one night.
 * Cost      208 numbers an agent, at rest in a quarter of a KB; O(1) to learn and to read, after a
 *           silence O(240).
 * Blind to  An agent that never comes back; public holidays; daylight saving moves a habit by an hour,
 *           which neighbours soften.
 */
import { z } from 'zod'
import { HOUR_MS } from '../agent/context.ts'
import { bitsIn, bitsWritten, putFloat, putNumber, takeFloat, takeNumber } from '../math/bits.ts'
import { floatsOf } from '../math/bytes.ts'
import { coarse } from '../math/coarse.ts'
import { putPlaces, putWeights, takePlaces, takeWeights } from '../math/columns.ts'
import { HALF_LIFE_MS } from '../math/decay.ts'
import { log1p } from '../math/logs.ts'
import {
  addMoment,
  isRecord,
  MOMENTS_SIZE,
  type Moments,
  mergeMoments,
  type Prior,
  priorFrom,
  putMoments,
  scaleMoments,
  takeMoments,
  upperSurprise,
} from '../math/moments.ts'
import {
  AWAKE_HOURS,
  type Awake,
  awakeAt,
  blankAwake,
  clearAwake,
  mergeAwake,
  putAwake,
  takeAwake,
  wake,
} from './awake.ts'
import type { Baseline, Holder, Kin } from './baseline.ts'

export const HOURS_PER_WEEK = 168
const HOURS_PER_DAY = 24
const DAYS_PER_WEEK = 7
/** The Unix epoch began on a Thursday, the fourth day counted from Monday. */
const EPOCH_OFFSET_HOURS = 3 * HOURS_PER_DAY

/** Active hours that the peers' week counts for against the agent's own day and week. */
const PEERS_STRENGTH = 12
/** Active hours before the very hour of the week outweighs hour of day times day of week. */
const WEEK_STRENGTH = 48
/** What an hour tells on average where the clock counts in full: e^0.4, half as likely again. */
const SKILL_FULL_NATS = 0.4
/** Active hours without skill that are supposed at the start. */
const SKILL_PRIOR_HOURS = 8
/** How much of an hour's count its two neighbours stand in for, together. */
const NEIGHBOURS_SHARE = 0.4

const bytes = z.instanceof(Uint8Array)
/** As until v2: hours of the week with a count, their counts, then the other fields in order. */
const plainHours = z.tuple([
  bytes,
  bytes,
  bytes,
  bytes,
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  bytes.optional(), // since v2
])
type PlainHours = z.infer<typeof plainHours>

export interface HoursMemory {
  /** Faded active hours by hour of week, then by hour of day, then by day of week. */
  readonly counts: Float32Array
  total: number
  /** Clock hours since the epoch of the latest one counted. */
  latest: number
  /** Which of the 32 hours up to the latest were counted: bit n stands for n hours before it. */
  counted: number
  /** Faded sum of what the clock said beforehand about each hour counted, in nats. */
  foretold: number
  /** Moments of log(1 + hours of silence) before each active hour that followed upon one. */
  readonly silence: Moments
  /** Clock hours since the epoch of the first one counted; 0 where it is not known. */
  since: number
  /** Moments of log(1 + usually active hours missed) before each active hour. */
  readonly missed: Moments
  /** How many of a group's agents were active lately, hour by hour. */
  readonly awake: Awake
}

const DAY = HOURS_PER_WEEK
const DAYS = DAY + HOURS_PER_DAY
const PLACES = DAYS + DAYS_PER_WEEK

export interface HoursReading {
  /** How surprising it is to work at this hour, in nats against an even week; 0 when not unusual. */
  nats: number
  /** How well the clock has foretold this agent's hours so far, in [0, 1]; 0 when it says nothing. */
  skill: number
  /** Faded active hours behind it. */
  support: number
  /** Hour of the UTC week, 0 is Monday 00:00. */
  hour: number
  /** The agent's own faded active hours; see `byDay` and `byDays`. */
  counts: Float32Array
  /** What the clock said beforehand about this hour: log of how much likelier than in an even week. */
  foretold: number
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

const NO_COUNTS = new Float32Array(PLACES)

function blankReading(): HoursReading {
  return {
    nats: 0,
    skill: 0,
    support: 0,
    hour: 0,
    counts: NO_COUNTS,
    foretold: 0,
    silentHours: 0,
    silenceNats: 0,
    logLongestSilence: 0,
    missedHours: 0,
    missedNats: 0,
    logMostMissed: 0,
  }
}

export function hourOfWeek(atMs: number): number {
  return (Math.floor(atMs / HOUR_MS) + EPOCH_OFFSET_HOURS) % HOURS_PER_WEEK
}

export const hours: Baseline<HoursMemory, HoursReading> = {
  name: 'hours',
  version: 3,
  schema: z.union([bytes, plainHours]),
  blank: (holder) => ({
    counts: new Float32Array(PLACES),
    total: 0,
    latest: 0,
    counted: 0,
    foretold: 0,
    silence: new Float32Array(MOMENTS_SIZE),
    since: 0,
    missed: new Float32Array(MOMENTS_SIZE),
    awake: blankAwake(holder === 'agent' ? 0 : AWAKE_HOURS),
  }),

  clear(memory) {
    memory.counts.fill(0)
    memory.silence.fill(0)
    memory.missed.fill(0)
    clearAwake(memory.awake)
    memory.since = 0
    memory.total = 0
    memory.latest = 0
    memory.counted = 0
    memory.foretold = 0
  },

  blankReading,

  read(own, kin, { event, context, gain }, into = blankReading()) {
    const hour = hourOfWeek(event.atMs)
    let expected = likelihood(kin.tenant, hour, gain, 1)
    if (kin.blueprint !== undefined) expected = likelihood(kin.blueprint, hour, gain, expected)
    expected = likelihood(own, hour, gain, expected)
    const { counts, total, foretold } = own
    const skill = foretold / (total + SKILL_PRIOR_HOURS * gain) / SKILL_FULL_NATS
    into.foretold = Math.log(expected)
    into.nats = Math.max(0, -into.foretold)
    into.skill = Math.min(Math.max(skill, 0), 1)
    into.support = total / gain
    into.hour = hour
    into.counts = counts
    readSilence(own, kin, silenceBefore(context.previousMs, event.atMs), gain, into)
    readMissed(own, kin, Math.floor(event.atMs / HOUR_MS), gain, into)
    return into
  },

  learn(own, groups, { event, gain }, trust, { foretold, silentHours, missedHours }) {
    const clockHour = Math.floor(event.atMs / HOUR_MS)
    if (silentHours > 0) {
      const value = log1p(silentHours)
      addMoment(own.silence, 0, value, gain * trust)
      for (const { silence } of groups) addMoment(silence, 0, value, gain * trust)
    }
    if (!isFirstIn(own, clockHour)) return
    // An hour that follows upon another, or upon a pause, has missed nothing.
    const missed = log1p(missedHours)
    addMoment(own.missed, 0, missed, gain * trust)
    count(own, hourOfWeek(event.atMs), gain * trust)
    begin(own, clockHour)
    own.foretold = Math.fround(own.foretold + gain * trust * foretold)
    for (const group of groups) {
      count(group, hourOfWeek(event.atMs), gain * trust)
      begin(group, clockHour)
      wake(group.awake, clockHour)
      addMoment(group.missed, 0, missed, gain * trust)
    }
  },

  merge(into, from) {
    for (let hour = 0; hour < HOURS_PER_WEEK; hour++) {
      // Most of a short share's days hold nothing.
      if (hour % HOURS_PER_DAY === 0 && from.counts[DAYS + hour / HOURS_PER_DAY] === 0) {
        hour += HOURS_PER_DAY - 1
      } else if (from.counts[hour]! > 0) {
        count(into, hour, from.counts[hour]!)
      }
    }
    if (from.latest > into.latest) into.counted = from.counted
    into.latest = Math.max(into.latest, from.latest)
    into.foretold = Math.fround(into.foretold + from.foretold)
    mergeMoments(into.silence, from.silence)
    mergeMoments(into.missed, from.missed)
    mergeAwake(into.awake, from.awake)
    if (from.since > 0) begin(into, from.since)
  },
  scale(memory, factor) {
    const { counts } = memory
    for (let at = 0; at < PLACES; at++) counts[at] = counts[at]! * factor
    memory.total = Math.fround(memory.total * factor)
    memory.foretold = Math.fround(memory.foretold * factor)
    scaleMoments(memory.silence, factor)
    scaleMoments(memory.missed, factor)
  },

  save({ counts, total, latest, counted, foretold, silence, since, missed, awake }) {
    const places = Array.from(counts.keys()).filter((place) => counts[place]! > 0)
    const weights = places.map((place) => counts[place]!)
    return bitsWritten((bits) => {
      putPlaces(bits, places, PLACES)
      putWeights(bits, weights, weights.length)
      putFloat(bits, total)
      putFloat(bits, foretold)
      putNumber(bits, latest)
      putNumber(bits, counted)
      putMoments(bits, silence)
      putNumber(bits, since)
      putMoments(bits, missed)
      putAwake(bits, awake)
    })
  },
  load(saved, holder) {
    if (!(saved instanceof Uint8Array)) return loadPlain(saved as PlainHours, holder)
    const bits = bitsIn(saved)
    const counts = new Float32Array(PLACES)
    const places = takePlaces(bits, PLACES)
    takeWeights(bits, places.length).forEach((weight, nth) => {
      counts[places[nth]!] = weight
    })
    const [total, foretold] = [takeFloat(bits), takeFloat(bits)]
    const [latest, counted] = [takeNumber(bits), takeNumber(bits)]
    const silence = takeMoments(bits, MOMENTS_SIZE)
    const since = takeNumber(bits)
    const missed = takeMoments(bits, MOMENTS_SIZE)
    const awake = blankAwake(holder === 'agent' ? 0 : AWAKE_HOURS)
    takeAwake(bits, awake)
    return { counts, total, latest, counted, foretold, silence, since, missed, awake }
  },
}

function loadPlain(plain: PlainHours, holder: Holder): HoursMemory {
  const [active, weights, day, days, total, latest, counted, foretold, silent] = plain
  const counts = new Float32Array(PLACES)
  const byHour = floatsOf(weights)
  active.forEach((hour, at) => {
    counts[hour] = byHour[at]!
  })
  counts.set(floatsOf(day), DAY)
  counts.set(floatsOf(days), DAYS)
  for (let place = 0; place < PLACES; place++) counts[place] = coarse(counts[place]!, total, place)
  const silence = silent === undefined ? new Float32Array(MOMENTS_SIZE) : floatsOf(silent)
  const [summed, told] = [Math.fround(total), Math.fround(foretold)]
  const later = {
    since: 0,
    missed: new Float32Array(MOMENTS_SIZE),
    awake: blankAwake(holder === 'agent' ? 0 : AWAKE_HOURS),
  }
  return { counts, total: summed, latest, counted, foretold: told, silence, ...later }
}

/** Faded active hours by hour of the day, UTC. */
export function byDay(counts: Float32Array): Float32Array {
  return counts.subarray(DAY, DAYS)
}

/** The same by day of the week, from Monday. */
export function byDays(counts: Float32Array): Float32Array {
  return counts.subarray(DAYS)
}

/** What is supposed of one of whom nothing is known, and how far beyond always is not yet strange. */
const SUPPOSED = {
  // Some hours, give or take a lot; half as long again.
  silence: { unknown: { mean: 2, variance: 1 }, deviationMin: 0.4 },
  // Some part of an hour, now and then more; a third more.
  missed: { unknown: { mean: 0.3, variance: 0.5 }, deviationMin: 0.3 },
} as const

/** Whole hours of the clock without an event before this one; 0 for the first and for late ones. */
function silenceBefore(previousMs: number, atMs: number): number {
  if (previousMs === 0) return 0
  return Math.max(0, Math.floor(atMs / HOUR_MS) - Math.floor(previousMs / HOUR_MS) - 1)
}

function readSilence(
  own: HoursMemory,
  kin: Kin<HoursMemory>,
  silent: number,
  gain: number,
  into: HoursReading,
): void {
  into.silentHours = silent
  into.silenceNats = 0
  into.logLongestSilence = 0
  if (silent === 0) return
  into.logLongestSilence = own.silence[3]!
  into.silenceNats = recordNats('silence', own, kin, log1p(silent), gain)
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

/** Whole hours of silence from which on it is asked what was missed in them: a pause is none. */
const MISSED_FROM = 2
/** Peers supposed besides those there are, always active: the lack of one or two says little. */
const PEERS_SUPPOSED = 0.5
/** Shape of the gamma around the hours expected: they come together, and stay away together. */
const TOGETHER = 8
/** Weeks without activity that are supposed at the start. */
const IDLE_WEEKS = 0.5

/** A silence in hours at which the agent is usually active is another than one at night. */
function readMissed(
  own: HoursMemory,
  kin: Kin<HoursMemory>,
  clockHour: number,
  gain: number,
  into: HoursReading,
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
  const hour = (clockHour + EPOCH_OFFSET_HOURS) % HOURS_PER_WEEK
  return (likelihood(memory, hour, gain, 1) * memory.total) / (gain * HOURS_PER_WEEK * weeks)
}

/** How many weeks the counts come from, faded as they are. */
function weeksOf({ since, latest }: HoursMemory, clockHour: number): number {
  const lived = since === 0 ? Infinity : Math.max(0, Math.max(clockHour, latest) - since)
  const halfLives = (lived * HOUR_MS) / HALF_LIFE_MS
  return (1 - 2 ** -halfLives) * WEEKS_AT_MOST + IDLE_WEEKS
}

const WEEKS_AT_MOST = HALF_LIFE_MS / HOUR_MS / HOURS_PER_WEEK / Math.LN2

/** Keeps the first hour counted. */
function begin(memory: HoursMemory, clockHour: number): void {
  if (memory.since === 0 || clockHour < memory.since) memory.since = clockHour
}

const HOURS_REMEMBERED = 32

/** Whether this clock hour was not counted yet; marks it. One too long past is not counted at all. */
function isFirstIn(memory: HoursMemory, clockHour: number): boolean {
  const later = clockHour - memory.latest
  if (later > 0) {
    memory.counted = (later < HOURS_REMEMBERED ? memory.counted << later : 0) | 1
    memory.latest = clockHour
    return true
  }
  if (later <= -HOURS_REMEMBERED) return false
  const bit = 1 << -later
  if ((memory.counted & bit) !== 0) return false
  memory.counted |= bit
  return true
}

function count(memory: HoursMemory, hour: number, weight: number): void {
  const hourOfDay = hour % HOURS_PER_DAY
  const dayOfWeek = (hour - hourOfDay) / HOURS_PER_DAY
  memory.total = Math.fround(memory.total + weight)
  addTo(memory, hour, weight)
  addTo(memory, DAY + hourOfDay, weight)
  addTo(memory, DAYS + dayOfWeek, weight)
}

function addTo({ counts, total }: HoursMemory, place: number, weight: number): void {
  counts[place] = coarse(counts[place]! + weight, total, place)
}

/** How much likelier than in an even week activity at this hour is; `parent` is what peers say. */
function likelihood(memory: HoursMemory, hour: number, gain: number, parent: number): number {
  const { counts } = memory
  const total = memory.total / gain
  if (total === 0) return parent
  const hourOfDay = hour % HOURS_PER_DAY
  const dayOfWeek = (hour - hourOfDay) / HOURS_PER_DAY
  const ofDay = (softened(counts, DAY, HOURS_PER_DAY, hourOfDay) / gain) * HOURS_PER_DAY
  const ofDays = (counts[DAYS + dayOfWeek]! / gain) * DAYS_PER_WEEK
  const product =
    ((ofDay + PEERS_STRENGTH * parent) / (total + PEERS_STRENGTH)) *
    ((ofDays + PEERS_STRENGTH) / (total + PEERS_STRENGTH))
  const ofWeek = (softened(counts, 0, HOURS_PER_WEEK, hour) / gain) * HOURS_PER_WEEK
  return (ofWeek + WEEK_STRENGTH * product) / (total + WEEK_STRENGTH)
}

/** A count with some of its neighbours', around the clock: one of `length` from `start` on. */
function softened(counts: Float32Array, start: number, length: number, at: number): number {
  const before = counts[start + (at === 0 ? length - 1 : at - 1)]!
  const after = counts[start + (at === length - 1 ? 0 : at + 1)]!
  return counts[start + at]! * (1 - NEIGHBOURS_SHARE) + ((before + after) / 2) * NEIGHBOURS_SHARE
}
