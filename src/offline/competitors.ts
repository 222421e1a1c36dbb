/**
 * Competitors: the scores that a detector has to beat before it is worth anything.
 *
 * Each reads events in order of arrival and answers with one score per event, made before the event is
 * learned from.
 */
import {
  addToMean,
  combineMeans,
  combineVariances,
  zScore as standardised,
} from 'simple-statistics'
import { type RawEvent, timeToMs } from '../event/event.ts'
import { random } from '../math/random.ts'
import type { ScoredEvent } from './evaluate.ts'

const HOUR_MS = 3_600_000
const DAY_HOURS = 24
// Smallest deviations taken at their word; without them an agent that never varies would give
// infinite scores to every trifle, and the competitor would be no competitor.
const COUNT_SD_MIN = 1 // events
const LOG_SD_MIN = 0.1 // 10 % of the bytes or records
const CLOCK_SD_MIN = 0.13 // radians, half an hour
const SEEN_MIN = 10 // observations before a mean and a deviation say anything

export type Competitor = (events: Iterable<RawEvent>) => Iterable<ScoredEvent>

/** The same score for all: whatever it seems to find, the evaluation gives away. */
export function* constant(events: Iterable<RawEvent>): Iterable<ScoredEvent> {
  for (const event of events) yield scored(event, 1)
}

/** Chance, seeded. */
export const randomly = (seed: number): Competitor =>
  function* (events) {
    const rng = random(`competitor/${seed}`)
    for (const event of events) yield scored(event, rng.uniform())
  }

/**
 * What a dashboard does: per agent, the running mean and deviation of its hourly count, its log bytes,
 * its log records and its hour of the day, and the largest of the standard scores.
 */
export function* zScore(events: Iterable<RawEvent>): Iterable<ScoredEvent> {
  const seen = new Map<string, Habits>()
  for (const event of events) {
    const habits = seen.get(event.agent.id) ?? blankHabits()
    seen.set(event.agent.id, habits)
    yield scored(event, strangeness(habits, event))
  }
}

interface Running {
  count: number
  mean: number
  variance: number
}

interface Habits {
  hour: number
  inHour: number
  readonly hourly: Running
  readonly bytes: Running
  readonly records: Running
  readonly cosine: Running
  readonly sine: Running
}

const blank = (): Running => ({ count: 0, mean: 0, variance: 0 })

const blankHabits = (): Habits => ({
  hour: -1,
  inHour: 0,
  hourly: blank(),
  bytes: blank(),
  records: blank(),
  cosine: blank(),
  sine: blank(),
})

function strangeness(habits: Habits, event: RawEvent): number {
  const atMs = timeOf(event)
  const hour = Math.floor(atMs / HOUR_MS)
  if (hour > habits.hour) {
    if (habits.inHour > 0) learn(habits.hourly, habits.inHour)
    habits.hour = hour
    habits.inHour = 0
  }
  habits.inHour++
  const { bytes, records } = event.volume ?? {}
  return Math.max(
    distance(habits.hourly, habits.inHour, COUNT_SD_MIN),
    bytes === undefined ? 0 : readAndLearn(habits.bytes, Math.log1p(bytes)),
    records === undefined ? 0 : readAndLearn(habits.records, Math.log1p(records)),
    clockDistance(habits, (2 * Math.PI * (atMs / HOUR_MS)) / DAY_HOURS),
  )
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

const timeOf = ({ time }: RawEvent): number => timeToMs(time) ?? 0

const scored = (event: RawEvent, score: number): ScoredEvent => ({
  id: event.id,
  agent: event.agent.id,
  time: timeOf(event),
  score,
})
