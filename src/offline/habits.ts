/**
 * Habits: running means and deviations of what one agent does, as any dashboard keeps them.
 *
 * What the competitors know of an agent. Nothing is forgotten, and nothing is known of its peers.
 */
import {
  addToMean,
  combineMeans,
  combineVariances,
  zScore as standardised,
} from 'simple-statistics'
import { type RawEvent, timeToMs } from '../event/event.ts'

const HOUR_MS = 3_600_000
const DAY_HOURS = 24
// Smallest deviations taken at their word; without them an agent that never varies would give
// infinite scores to every trifle, and the competitor would be no competitor.
const COUNT_SD_MIN = 1 // events
const LOG_SD_MIN = 0.1 // 10 % of the bytes or records
const CLOCK_SD_MIN = 0.13 // radians, half an hour
const SEEN_MIN = 10 // observations before a mean and a deviation say anything

interface Running {
  count: number
  mean: number
  variance: number
}

export interface Habits {
  hour: number
  inHour: number
  lastMs: number
  events: number
  readonly hourly: Running
  readonly bytes: Running
  readonly records: Running
  readonly gap: Running
  readonly cosine: Running
  readonly sine: Running
  /** How often each action, container of resources and address was met. */
  readonly met: Map<string, number>
}

/** How far an event is from its agent's habits; 0 where there is too little to tell. */
export interface Distances {
  /** Standard scores, ≥ 0: of the events in the hour, log bytes, log records, the hour of the day. */
  readonly hourly: number
  readonly bytes: number
  readonly records: number
  readonly clock: number
  /** Of the log of the time since the event before. */
  readonly gap: number
  /** −log of the smoothed share of events with this action, container and address. */
  readonly action: number
  readonly container: number
  readonly address: number
}

const blank = (): Running => ({ count: 0, mean: 0, variance: 0 })

export const blankHabits = (): Habits => ({
  hour: -1,
  inHour: 0,
  lastMs: Number.NaN,
  events: 0,
  hourly: blank(),
  bytes: blank(),
  records: blank(),
  gap: blank(),
  cosine: blank(),
  sine: blank(),
  met: new Map(),
})

/** Reads an event against the habits, then takes it into them. */
export function readHabits(habits: Habits, event: RawEvent): Distances {
  const atMs = timeToMs(event.time) ?? 0
  const hour = Math.floor(atMs / HOUR_MS)
  if (hour > habits.hour) {
    if (habits.inHour > 0) learn(habits.hourly, habits.inHour)
    habits.hour = hour
    habits.inHour = 0
  }
  habits.inHour++
  const { bytes, records } = event.volume ?? {}
  const gapMs = Math.abs(atMs - habits.lastMs)
  habits.lastMs = atMs
  const container = event.resource.id.split('/').slice(0, 2).join('/')
  const distances = {
    hourly: distance(habits.hourly, habits.inHour, COUNT_SD_MIN),
    bytes: bytes === undefined ? 0 : readAndLearn(habits.bytes, Math.log1p(bytes)),
    records: records === undefined ? 0 : readAndLearn(habits.records, Math.log1p(records)),
    clock: clockDistance(habits, (2 * Math.PI * (atMs / HOUR_MS)) / DAY_HOURS),
    gap: Number.isNaN(gapMs) ? 0 : readAndLearn(habits.gap, Math.log1p(gapMs)),
    action: rarity(habits, `a ${event.action}`),
    container: rarity(habits, `c ${container}`),
    address: rarity(habits, `s ${event.source?.ip ?? ''}`),
  }
  habits.events++
  return distances
}

function rarity({ met, events }: Habits, key: string): number {
  const times = met.get(key) ?? 0
  met.set(key, times + 1)
  return events < SEEN_MIN ? 0 : -Math.log((times + 1) / (events + 2))
}

function readAndLearn(running: Running, value: number): number {
  const read = distance(running, value, LOG_SD_MIN)
  learn(running, value)
  return read
}

function distance({ count, mean, variance }: Running, value: number, sdMin: number): number {
  if (count < SEEN_MIN) return 0
  return Math.abs(standardised(value, mean, Math.max(sdMin, Math.sqrt(variance))))
}

function learn(running: Running, value: number): void {
  const { count, mean, variance } = running
  running.variance = count === 0 ? 0 : combineVariances(variance, mean, count, 0, value, 1)
  running.mean = count === 0 ? value : combineMeans(mean, count, value, 1)
  running.count = count + 1
}

/** The angle to the mean direction against the circular deviation, √(−2 ln R). */
function clockDistance({ cosine, sine }: Habits, angle: number): number {
  let read = 0
  const length = Math.hypot(cosine.mean, sine.mean)
  if (cosine.count >= SEEN_MIN && length > 0 && length <= 1) {
    const turn = Math.abs(angle - Math.atan2(sine.mean, cosine.mean)) % (2 * Math.PI)
    const sd = Math.max(CLOCK_SD_MIN, Math.sqrt(-2 * Math.log(length)))
    read = Math.min(turn, 2 * Math.PI - turn) / sd
  }
  cosine.mean = addToMean(cosine.mean, cosine.count, Math.cos(angle))
  sine.mean = addToMean(sine.mean, sine.count, Math.sin(angle))
  cosine.count++
  sine.count++
  return read
}
