/**
 * Reliability: whether a p-value is what it says, on events that are known to be honest.
 *
 * At p ≤ 0.001 one honest event in a thousand should be found. Each detector and each step of fusion is
 * counted by event, and the verdict by agent-day, where alerts are decided. Who answers seldom stays
 * below its nominal share, which costs no analyst anything; what lies above it does.
 *
 * Source    Murphy, Winkler (1977), "Reliability of Subjective Probability Forecasts", Applied
 *           Statistics: shares seen beside shares said.
 * Blind to  That events of one agent are alike: with few agents a share is less certain than its count.
 */
import { DAY_MS } from '../agent/context.ts'
import { detectors } from '../detectors/index.ts'
import type { Verdict } from '../engine.ts'
import type { Event } from '../event/event.ts'
import { channels, DAY } from '../scoring/channels.ts'

/** The p-values at which shares are counted. */
export const LEVELS = [0.1, 0.01, 0.001, 0.0001] as const
/** A share further than this factor from its nominal is marked. */
const FACTOR_MAX = 1.5
/** With fewer expected the count tells nothing of such a factor: ± 60 % is chance then. */
const EXPECTED_MIN = 10

export type Mark = 'within' | 'above' | 'below' | 'too few'

export interface ReliabilityCell {
  readonly level: number
  /** Honest events, or agent-days, at or below the level; how many there should be; seen to expected. */
  readonly seen: number
  readonly expected: number
  readonly ratio: number
  readonly mark: Mark
}

export interface ReliabilityRow {
  /** The detector or step of fusion. */
  readonly channel: string
  /** What is counted. A detector that judges the agent says the same of all its events: not marked. */
  readonly unit: 'event' | 'agent' | 'agent-day'
  readonly cells: readonly ReliabilityCell[]
}

export interface Reliability {
  readonly honestEvents: number
  readonly benignAgentDays: number
  readonly rows: readonly ReliabilityRow[]
}

export interface ReliabilityCount {
  take(event: Event, verdict: Verdict): void
  result(): Reliability
}

const LEVEL_NATS = LEVELS.map((level) => -Math.log(level))
const ROUNDING = 1e-9 // a p of exactly 0.1 is at the level, also in floating point

export function countReliability(malicious: ReadonlySet<string>): ReliabilityCount {
  const counts = channels.slice(0, DAY).map(() => new Float64Array(LEVELS.length))
  const days = new Map<string, { tail: number; isMalicious: boolean }>()
  let honest = 0
  return {
    take({ id, agent, atMs }, { surprises, dayTail }) {
      const isMalicious = malicious.has(id)
      const key = `${Math.floor(atMs / DAY_MS)} ${agent.id}`
      const day = days.get(key)
      if (day === undefined) days.set(key, { tail: dayTail, isMalicious })
      else {
        if (dayTail < day.tail) day.tail = dayTail
        if (isMalicious) day.isMalicious = true
      }
      if (isMalicious) return
      honest++
      for (let channel = 0; channel < DAY; channel++) {
        const nats = surprises[channel]! + ROUNDING
        for (let at = 0; at < LEVELS.length && nats >= LEVEL_NATS[at]!; at++)
          counts[channel]![at]!++
      }
    },
    result() {
      const benign = [...days.values()].filter(({ isMalicious }) => !isMalicious)
      const rows = counts.map((count, channel): ReliabilityRow => {
        const unit = detectors[channel]?.isOfDay ? 'agent' : 'event'
        return rowOf(channels[channel]!, unit, count, honest)
      })
      const byDay = LEVELS.map((level) => benign.filter(({ tail }) => tail <= level).length)
      return {
        honestEvents: honest,
        benignAgentDays: benign.length,
        rows: [...rows, rowOf('verdict of day', 'agent-day', byDay, benign.length)],
      }
    },
  }
}

function rowOf(
  channel: string,
  unit: ReliabilityRow['unit'],
  counts: ArrayLike<number>,
  all: number,
): ReliabilityRow {
  const cells = LEVELS.map((level, at): ReliabilityCell => {
    const seen = counts[at]!
    const expected = level * all
    const ratio = seen / expected
    return { level, seen, expected, ratio, mark: markOf(ratio, expected) }
  })
  return { channel, unit, cells }
}

function markOf(ratio: number, expected: number): Mark {
  if (expected < EXPECTED_MIN) return 'too few'
  if (ratio > FACTOR_MAX) return 'above'
  return ratio < 1 / FACTOR_MAX ? 'below' : 'within'
}
