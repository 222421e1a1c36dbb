/**
 * Week: in which hours of the week something is active, as faded counts, and how likely each hour is.
 *
 * Counts go by hour of the UTC week, by hour of the day and by day of the week, one after another in
 * one array. An hour is as likely as its hour of the day times its day of the week say, corrected by
 * what is known of that very hour.
 */
import { HOUR_MS } from '../agent/context.ts'
import { coarse } from '../math/coarse.ts'

export const HOURS_PER_WEEK = 168
export const HOURS_PER_DAY = 24
const DAYS_PER_WEEK = 7
/** The Unix epoch began on a Thursday, the fourth day counted from Monday. */
const EPOCH_OFFSET_HOURS = 3 * HOURS_PER_DAY

/** Active hours that the peers' week counts for against the agent's own day and week. */
const PEERS_STRENGTH = 12
/** Active hours before the very hour of the week outweighs hour of day times day of week. */
const WEEK_STRENGTH = 48
/** How much of an hour's count its two neighbours stand in for, together. */
const NEIGHBOURS_SHARE = 0.4

/** Where the counts by hour of the day, and by day of the week, begin. */
export const DAY = HOURS_PER_WEEK
export const DAYS = DAY + HOURS_PER_DAY
export const PLACES = DAYS + DAYS_PER_WEEK

export interface Week {
  /** Faded active hours by hour of week, then by hour of day, then by day of week. */
  readonly counts: Float32Array
  total: number
}

export function hourOfWeek(atMs: number): number {
  return weekHourOf(Math.floor(atMs / HOUR_MS))
}

/** Hour of the UTC week, 0 is Monday 00:00, of a clock hour since the epoch. */
export function weekHourOf(clockHour: number): number {
  return (clockHour + EPOCH_OFFSET_HOURS) % HOURS_PER_WEEK
}

/** Faded active hours by hour of the day, UTC. */
export function byDay(counts: Float32Array): Float32Array {
  return counts.subarray(DAY, DAYS)
}

/** The same by day of the week, from Monday. */
export function byDays(counts: Float32Array): Float32Array {
  return counts.subarray(DAYS)
}

export function count(memory: Week, hour: number, weight: number): void {
  const hourOfDay = hour % HOURS_PER_DAY
  const dayOfWeek = (hour - hourOfDay) / HOURS_PER_DAY
  memory.total = Math.fround(memory.total + weight)
  addTo(memory, hour, weight)
  addTo(memory, DAY + hourOfDay, weight)
  addTo(memory, DAYS + dayOfWeek, weight)
}

function addTo({ counts, total }: Week, place: number, weight: number): void {
  counts[place] = coarse(counts[place]! + weight, total, place)
}

/** How much likelier than in an even week activity at this hour is; `parent` is what peers say. */
export function likelihood(memory: Week, hour: number, gain: number, parent: number): number {
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
