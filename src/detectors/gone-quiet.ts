/**
 * Gone quiet: the agent was silent for hours in which it is usually active, while its peers were not.
 *
 * A schedule that did not fire, a service that stopped, a log that was switched off: noticed when the
 * agent is heard of again, or where an epoch ends and it is overdue; see alert/overdue. What all were
 * silent in, an outage of the log or a holiday, does not count; what is a long silence for itself is
 * left to sudden-return.
 * Reads     hours
 * Blind to  Agents without regular hours; a silence no longer than those it is known for.
 */
import { HOUR_MS } from '../agent/context.ts'
import { log1p } from '../math/logs.ts'
import { excess } from '../math/moments.ts'
import type { Detector } from './detector.ts'
import { suddenReturn } from './sudden-return.ts'
import { count, duration } from './words.ts'

/** Counts as far as it can where four times as much is missed as ever before: everyone pauses now and then. */
const FULL = 2 * Math.LN2
/** How far it counts beside sudden-return: people pause agents for hours more often than for weeks. */
const SHARE = 0.5

export const goneQuiet: Detector = {
  name: 'gone-quiet',
  aspect: 'silence',
  title: 'had gone quiet while it is usually active',
  judge(readings) {
    const { missedNats, silenceNats } = readings.hours
    if (missedNats === 0) return 0
    return Math.max(0, missedNats - silenceNats * suddenReturn.relevance!(readings)) // it has one
  },
  relevance: ({ hours }) => SHARE * excess(log1p(hours.missedHours), hours.logMostMissed, FULL),
  explain({ hours }, { atMs }) {
    const { silentHours, missedHours, logMostMissed } = hours
    const from = new Date(atMs - silentHours * HOUR_MS).toISOString().slice(0, 13)
    const seen = `nothing for ${duration(silentHours)} since ${from}:00, in which ${hoursOf(missedHours)} of activity are usual`
    const most = Math.expm1(logMostMissed)
    const expected =
      most <= 0
        ? 'no such hour missed so far'
        : `at most ${hoursOf(most)} of activity missed so far`
    const measured = { unit: 'hours', seen: missedHours, over: 'silence' }
    return { expected, seen, measured: most <= 0 ? measured : { ...measured, largest: most } }
  },
  suppositions: ({ hours }) => [
    {
      kind: 'less',
      of: 'silent hours',
      seen: hours.silentHours,
      inWords: (silent) => `${duration(silent)} of silence`,
    },
  ],
}

function hoursOf(hours: number): string {
  return hours >= 0.95 && hours < 1.05 ? '1 hour' : `${count(hours)} hours`
}
