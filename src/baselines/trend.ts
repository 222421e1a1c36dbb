/**
 * Trend: where an agent's days are going, beside a reference that hardly moves.
 *
 * Of every day that ends, the logarithm of its events, distinct resources, and records and bytes a call is
 * compared with a slow mean of such days, working days apart from weekends. What its blueprint and its
 * tenant drift by of late is taken off; what is left adds up while it points upwards.
 * Source    Page (1954), "Continuous inspection schemes", Biometrika; see math/reference.
 * Departs   The reference fades by half in a quarter, and no day moves it by more than three spreads.
 * Cost      40 numbers, at most 0.2 KB an agent; O(4) an event, O(30) an ended day.
 * Blind to  Agents known for less than two weeks or at work on fewer than every fourth day, and a drift that
 *           a whole blueprint or tenant shares.
 */
import { z } from 'zod'
import { type Closing, measures, spans } from '../agent/context.ts'
import { bitsIn, bitsWritten, putNumber, takeNumber } from '../math/bits.ts'
import { floatsOf } from '../math/bytes.ts'
import {
  deviationOf,
  learnValue,
  mergeReference,
  nextSum,
  QUIET_SUM,
  REFERENCE_SIZE,
  spreadOf,
  TOLD_SUM,
  unsettle,
} from '../math/reference.ts'
import type { Baseline, Kin } from './baseline.ts'

/** What of a day is followed. */
export const courses = ['events', 'resources', 'records', 'bytes'] as const
const COURSES = courses.length
const measureOf = courses.map((name) => measures.indexOf(name))
const DAY = spans.indexOf('day')

/** Records and bytes are followed by the call: who works more moves more. */
const isByCall = courses.map((name) => name === 'records' || name === 'bytes')

/** Days of its kind that a reference must hold before anything is compared with it. */
const DAYS_MIN = 5
/** No deviation of a member counts for more in its group, in logarithms: a factor of e. */
const DRIFT_MAX = 1
/** Member-days of no drift that are supposed of a tenant and of a blueprint. */
const TENANT_STRENGTH = 20
const BLUEPRINT_STRENGTH = 60

/** By course: a reference of working days, one of weekends, then what follows. */
const KINDS = 2
const SUM = KINDS * REFERENCE_SIZE
/** Of a group: faded weight and sum of its members' deviations. */
const DRIFT = SUM + 1
const PLACES = DRIFT + 2
/** Behind all courses: the latest day followed. */
const FOLLOWED = COURSES * PLACES
/**
 * Days after the one followed before on which a drift is told of: a week end, and a day. Where learning
 * is frozen nothing is followed any more, and so nothing told.
 */
const FOLLOWED_DAYS = 4

const VERSION = 2
/** Until this one it rested as it is. */
const FLOATS_VERSION = 1

export type TrendMemory = Float32Array

export interface TrendReading {
  /**
   * How far the sum of deviations exceeds what chance makes of it, of the foremost course; in nats. 0
   * where the event ends no day, and where the day before that one was not followed of late.
   */
  nats: number
  /** The foremost course, its place among `courses`. */
  course: number
  /** Logarithm of one more than the usual and the latest day's of that course. */
  logUsual: number
  logLatest: number
  /** Faded days behind the reference. */
  days: number
  /** Which day of the UTC clock ended before the event; 0 where none did. */
  endedDay: number
  /** By course, the sum as it stands with that day. */
  readonly sums: Float64Array
  /** By course, the ended day's total and how far it lies from the mean, in logarithms. */
  readonly values: Float64Array
  readonly apart: Float64Array
}

function blankReading(): TrendReading {
  const byCourse = () => new Float64Array(COURSES)
  return {
    nats: 0,
    course: 0,
    logUsual: 0,
    logLatest: 0,
    days: 0,
    endedDay: 0,
    sums: byCourse(),
    values: byCourse(),
    apart: byCourse(),
  }
}

/** A quarter's half-life where all else fades within three weeks; and a week's. */
const slow = (gain: number): number => Math.sqrt(Math.sqrt(gain))
const quick = (gain: number): number => gain * gain * gain

export const trend: Baseline<TrendMemory, TrendReading> = {
  name: 'trend',
  version: VERSION,
  schema: z.instanceof(Uint8Array),
  blank: () => new Float32Array(FOLLOWED + 1),
  clear: (memory) => {
    memory.fill(0)
  },
  blankReading,

  read(own, kin, { closings, gain }, into = blankReading()) {
    into.nats = 0
    into.course = 0
    into.days = own[0]! / slow(gain)
    into.logUsual = 0
    into.logLatest = 0
    into.endedDay = 0
    if (closings.length === 0) return into
    const ended = closings.find(({ span }) => span === DAY)
    if (ended === undefined) return into
    into.endedDay = ended.when
    for (let course = 0; course < COURSES; course++) {
      follow(own, kin, ended, course, gain, into)
      const nats = into.sums[course]! - QUIET_SUM
      if (nats <= into.nats) continue
      into.nats = nats
      into.course = course
    }
    const usual = into.course * PLACES + kindOf(ended.when) * REFERENCE_SIZE
    into.logUsual = own[usual + 1]!
    into.logLatest = into.values[into.course]!
    if (Math.abs(ended.when - own[FOLLOWED]!) > FOLLOWED_DAYS) into.nats = 0
    return into
  },

  learn(own, groups, { closings, gain }, _trust, { endedDay, sums, values, apart }) {
    const ended = closings.find(({ span }) => span === DAY)
    if (ended === undefined) return
    const weight = slow(gain)
    for (let course = 0; course < COURSES; course++) {
      const start = course * PLACES
      const reference = start + kindOf(endedDay) * REFERENCE_SIZE
      const isKnown = own[reference]! >= DAYS_MIN * weight
      const isTold = own[start + SUM]! >= TOLD_SUM
      if (isTold) {
        unsettle(own, start, weight)
        unsettle(own, start + REFERENCE_SIZE, weight)
      }
      learnValue(own, reference, values[course]!, weight * ended.trust, weight)
      own[start + SUM] = isTold ? 0 : sums[course]!
      if (!isKnown) continue
      for (const group of groups) {
        group[start + DRIFT] = group[start + DRIFT]! + quick(gain)
        group[start + DRIFT + 1] = group[start + DRIFT + 1]! + quick(gain) * apart[course]!
      }
    }
    if (endedDay > own[FOLLOWED]!) own[FOLLOWED] = endedDay
  },

  merge(into, from) {
    for (let start = 0; start < FOLLOWED; start += PLACES) {
      for (let kind = 0; kind < KINDS; kind++)
        mergeReference(into, from, start + kind * REFERENCE_SIZE)
      into[start + SUM] = Math.max(into[start + SUM]!, from[start + SUM]!)
      into[start + DRIFT] = into[start + DRIFT]! + from[start + DRIFT]!
      into[start + DRIFT + 1] = into[start + DRIFT + 1]! + from[start + DRIFT + 1]!
    }
    into[FOLLOWED] = Math.max(into[FOLLOWED]!, from[FOLLOWED]!)
  },

  scale(memory, factor) {
    for (let start = 0; start < FOLLOWED; start += PLACES) {
      for (let kind = 0; kind < KINDS; kind++) {
        const reference = start + kind * REFERENCE_SIZE
        memory[reference] = memory[reference]! * slow(factor)
        memory[reference + 2] = memory[reference + 2]! * slow(factor)
      }
      memory[start + DRIFT] = memory[start + DRIFT]! * quick(factor)
      memory[start + DRIFT + 1] = memory[start + DRIFT + 1]! * quick(factor)
    }
  },

  save: (memory) =>
    bitsWritten((bits) => {
      for (const value of memory) putNumber(bits, value)
    }),
  load(saved, _holder, version = VERSION) {
    if (version <= FLOATS_VERSION) return floatsOf(saved as Uint8Array)
    const bits = bitsIn(saved as Uint8Array)
    return Float32Array.from({ length: FOLLOWED + 1 }, () => takeNumber(bits))
  },
}

/** Reads an ended day: its total, how far it lies from the mean, and the sum with it. */
function follow(
  own: TrendMemory,
  kin: Kin<TrendMemory>,
  ended: Closing,
  course: number,
  gain: number,
  into: TrendReading,
): void {
  const start = course * PLACES
  const reference = start + kindOf(ended.when) * REFERENCE_SIZE
  const value = logOf(ended, course)
  const before = own[start + SUM]!
  into.values[course] = value
  into.apart[course] = 0
  into.sums[course] = before
  if (own[reference]! < DAYS_MIN * slow(gain)) return
  const mean = own[reference + 1]!
  const spread = spreadOf(own, reference, slow(gain))
  into.apart[course] = Math.min(Math.max(value - mean, -DRIFT_MAX), DRIFT_MAX)
  const drift = driftOf(kin, start, quick(gain))
  into.sums[course] = nextSum(before, deviationOf(value, mean + drift, spread))
}

/** What the agent's kin drift by of late, in logarithms. */
function driftOf({ tenant, blueprint }: Kin<TrendMemory>, start: number, gain: number): number {
  const ofTenant = shrunk(tenant, start, TENANT_STRENGTH * gain, 0)
  return blueprint === undefined
    ? ofTenant
    : shrunk(blueprint, start, BLUEPRINT_STRENGTH * gain, ofTenant)
}

function shrunk(group: TrendMemory, start: number, strength: number, supposed: number): number {
  return (group[start + DRIFT + 1]! + strength * supposed) / (group[start + DRIFT]! + strength)
}

/** Logarithm of one more than what a day came to, by the call where that is meant. */
function logOf({ totals }: Closing, course: number): number {
  const total = totals[measureOf[course]!]!
  return Math.log1p(isByCall[course] ? total / Math.max(1, totals[0]!) : total)
}

const DAYS_PER_WEEK = 7
/** The Unix epoch began on a Thursday, the fifth day counted from Sunday. */
const EPOCH_OFFSET_DAYS = 4

/** 1 where a day of the UTC clock is a Saturday or a Sunday, 0 otherwise. */
function kindOf(day: number): number {
  const weekday = (((day + EPOCH_OFFSET_DAYS) % DAYS_PER_WEEK) + DAYS_PER_WEEK) % DAYS_PER_WEEK
  return weekday === 0 || weekday === DAYS_PER_WEEK - 1 ? 1 : 0
}
