/**
 * Off-hours: the agent worked at a time of the week when it seldom works.
 *
 * Counts for an agent as far as the clock has foretold its hours so far: for one whose week follows
 * no clock it fades out.
 * Reads     hours
 * Blind to  Public holidays, and harm done in working hours.
 */
import { byDay, byDays } from '../baselines/week.ts'
import type { Detector } from './detector.ts'
import { HOURS_PER_DAY } from './words.ts'

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
/** The hours that hold this share of an agent's activity are called its hours. */
const USUAL_SHARE = 0.95

export const offHours: Detector = {
  name: 'off-hours',
  aspect: 'time',
  title: 'worked outside its hours',
  judge: ({ hours }) => hours.nats,
  relevance: ({ hours }) => hours.skill,
  explain({ hours }) {
    const hour = hours.hour % HOURS_PER_DAY
    const day = (hours.hour - hour) / HOURS_PER_DAY
    const seen = `${DAYS[day]} ${clock(hour)} UTC`
    if (hours.support < 1) return { expected: 'no hours known yet', seen }
    const days = usual(byDays(hours.counts)).map((at) => DAYS[at]!)
    const spans = runs(usual(byDay(hours.counts))).map(
      ([from, to]) => `${clock(from)}–${clock(to + 1)}`,
    )
    return { expected: `${days.join(' ')}, ${spans.join(' and ')} UTC`, seen }
  },
  suppositions: () => [{ kind: 'another hour' }],
}

/** The places that together hold `USUAL_SHARE`, in order. */
function usual(counts: Float32Array): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const heaviestFirst = [...counts.keys()].sort((a, b) => counts[b]! - counts[a]!)
  let held = 0
  const chosen = heaviestFirst.filter((at) => {
    const isNeeded = held < USUAL_SHARE * total
    held += counts[at]!
    return isNeeded
  })
  return chosen.sort((a, b) => a - b)
}

function runs(hours: number[]): [from: number, to: number][] {
  const joined: [number, number][] = []
  for (const hour of hours) {
    const last = joined.at(-1)
    if (last !== undefined && last[1] === hour - 1) last[1] = hour
    else joined.push([hour, hour])
  }
  return joined
}

function clock(hour: number): string {
  return `${String(hour % HOURS_PER_DAY).padStart(2, '0')}:00`
}
