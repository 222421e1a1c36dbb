/**
 * Competitors: the scores that a detector has to beat before it is worth anything.
 *
 * Each takes events in order of arrival and answers one score per event. All but the forest score an
 * event before they have learned from it.
 */
import type { RawEvent } from '../event/event.ts'
import { random } from '../math/random.ts'
import { blankHabits, type Habits, readHabits } from './habits.ts'

export interface Competitor {
  /** Takes an event in. */
  take(event: RawEvent): void
  /** One score for each event taken, in order; asked for once, when all are in. */
  scores(): Iterable<number>
}

/** The same score for all: whatever it seems to find, the evaluation gives away. */
export const constant = (): Competitor => scoredAtOnce(() => 1)

/** Chance, seeded. */
export function randomly(seed: number): Competitor {
  const rng = random(`competitor/${seed}`)
  return scoredAtOnce(() => rng.uniform())
}

/**
 * What a dashboard does: per agent, the running mean and deviation of its hourly count, its log bytes,
 * its log records and its hour of the day, and the largest of the standard scores.
 */
export function zScore(): Competitor {
  const seen = new Map<string, Habits>()
  return scoredAtOnce((event) => {
    const habits = seen.get(event.agent.id) ?? blankHabits()
    seen.set(event.agent.id, habits)
    const { hourly, bytes, records, clock } = readHabits(habits, event)
    return Math.max(hourly, bytes, records, clock)
  })
}

/** The scores that competitors are asked for, as numbers in room that grows. */
function scoredAtOnce(score: (event: RawEvent) => number): Competitor {
  const scores: number[] = []
  return { take: (event) => void scores.push(score(event)), scores: () => scores }
}
