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
 * Blind to  Public holidays; daylight saving moves a habit by an hour, which neighbours soften; a silence
 *           in which most of its peers are silent too.
 */
import { z } from 'zod'
import { HOUR_MS } from '../agent/context.ts'
import { bitsIn, bitsWritten, putFloat, putNumber, takeFloat, takeNumber } from '../math/bits.ts'
import { floatsOf } from '../math/bytes.ts'
import { coarse } from '../math/coarse.ts'
import { putPlaces, putWeights, takePlaces, takeWeights } from '../math/columns.ts'
import { log1p } from '../math/logs.ts'
import {
  addMoment,
  MOMENTS_SIZE,
  type Moments,
  mergeMoments,
  putMoments,
  scaleMoments,
  takeMoments,
} from '../math/moments.ts'
import {
  AWAKE_HOURS,
  type Awake,
  blankAwake,
  clearAwake,
  mergeAwake,
  putAwake,
  takeAwake,
  wake,
} from './awake.ts'
import type { Baseline, Holder } from './baseline.ts'
import { readSilence, type SilenceReading } from './missed.ts'
import {
  count,
  DAY,
  DAYS,
  HOURS_PER_DAY,
  HOURS_PER_WEEK,
  hourOfWeek,
  likelihood,
  PLACES,
  type Week,
} from './week.ts'

/** What an hour tells on average where the clock counts in full: e^0.4, half as likely again. */
const SKILL_FULL_NATS = 0.4
/** Active hours without skill that are supposed at the start. */
const SKILL_PRIOR_HOURS = 8
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

export interface HoursMemory extends Week {
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

export interface HoursReading extends SilenceReading {
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
    readSilence(own, kin, context.previousMs, event.atMs, gain, into)
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
