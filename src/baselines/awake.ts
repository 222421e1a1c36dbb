/**
 * Awake: how many agents of a group were active in each of the latest hours of the clock.
 *
 * It tells a silence of one from a silence of all: an outage of the log, a holiday. Plain counts that
 * do not fade, of the latest `AWAKE_HOURS`; an agent's own memory holds none.
 */
import { type Bits, putCount, putNumber, takeCount, takeNumber, takeSize } from '../math/bits.ts'

/** Ten days: of a longer silence the latest part tells enough. */
export const AWAKE_HOURS = 240
/** Agents that must have been active in an hour to say that it has come: one may have a wrong clock. */
export const AGREED_MIN = 3

export interface Awake {
  /** By hour since the epoch modulo `AWAKE_HOURS`; empty where none are held. */
  readonly counts: Float32Array
  /** The first and the latest hour counted; 0 for none. */
  earliest: number
  latest: number
}

export function blankAwake(hours: number): Awake {
  return { counts: new Float32Array(hours), earliest: 0, latest: 0 }
}

/** How many were active in an hour; 0 where it is not known, or not yet. */
export function awakeAt({ counts, earliest, latest }: Awake, clockHour: number): number {
  return clockHour < earliest || clockHour > latest ? 0 : counts[clockHour % AWAKE_HOURS]!
}

/**
 * The latest hour in which at least so many were active; 0 where there is none. One agent whose clock
 * is wrong does not move it.
 */
export function agreedHour(awake: Awake, agents: number): number {
  for (let hour = awake.latest; hour >= awake.earliest && hour > 0; hour--) {
    if (awakeAt(awake, hour) >= agents) return hour
  }
  return 0
}

/**
 * Counts agents that were active in an hour; one too long past is left out, and so is one so far ahead
 * that all others would be forgotten for it, unless as many agents say so as are usual or agree.
 */
export function wake(awake: Awake, clockHour: number, agents = 1): void {
  const { counts } = awake
  const isBehind = clockHour <= awake.latest - AWAKE_HOURS
  const isAhead = clockHour >= awake.latest + AWAKE_HOURS
  if (isBehind && !isLone(awake, agents)) return
  if (isAhead && agents < Math.min(AGREED_MIN, mostIn(awake))) return
  if (isBehind || isAhead) {
    clearAwake(awake)
    awake.earliest = clockHour
    awake.latest = clockHour
  }
  while (awake.latest < clockHour) counts[++awake.latest % AWAKE_HOURS] = 0
  while (awake.earliest > clockHour) counts[--awake.earliest % AWAKE_HOURS] = 0
  awake.earliest = Math.max(awake.earliest, awake.latest - AWAKE_HOURS + 1)
  const place = clockHour % AWAKE_HOURS
  counts[place] = counts[place]! + agents
}

/** Whether it rests on one hour alone in which fewer were active than agree, or than contradict. */
function isLone({ counts, earliest, latest }: Awake, agents: number): boolean {
  const held = counts[latest % AWAKE_HOURS]!
  return earliest === latest && held < AGREED_MIN && held <= agents
}

/** The most that were active in one hour; 0 where none is held. */
function mostIn({ counts }: Awake): number {
  let most = 0
  for (const agents of counts) if (agents > most) most = agents
  return most
}

export function mergeAwake(into: Awake, from: Awake): void {
  if (from.latest === 0) return
  for (let hour = from.earliest; hour <= from.latest; hour++) {
    const agents = awakeAt(from, hour)
    if (agents > 0) wake(into, hour, agents)
  }
}

export function clearAwake(awake: Awake): void {
  if (awake.latest === 0) return
  awake.counts.fill(0)
  awake.earliest = 0
  awake.latest = 0
}

export function putAwake(bits: Bits, awake: Awake): void {
  const { earliest, latest } = awake
  putNumber(bits, earliest)
  const length = latest === 0 ? 0 : latest - earliest + 1
  putCount(bits, length)
  for (let hour = earliest; hour < earliest + length; hour++) putCount(bits, awakeAt(awake, hour))
}

/** Reads what `putAwake` wrote into a blank one. Throws MEMORY_INVALID. */
export function takeAwake(bits: Bits, awake: Awake): void {
  const earliest = takeNumber(bits)
  const length = Math.min(takeSize(bits, 1), AWAKE_HOURS)
  for (let nth = 0; nth < length; nth++) wake(awake, earliest + nth, takeCount(bits))
}
