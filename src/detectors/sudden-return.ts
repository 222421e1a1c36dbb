/**
 * Sudden return: the agent is back after a silence longer than any it is known for.
 *
 * Reads     hours
 * Blind to  Agents that often rest, and what is done before the silence is noticed.
 */
import { log1p } from '../math/logs.ts'
import { excess } from '../math/moments.ts'
import type { Detector } from './detector.ts'
import { duration, HOURS_PER_DAY } from './words.ts'

export const suddenReturn: Detector = {
  name: 'sudden-return',
  aspect: 'silence',
  title: 'was back after an unusual silence',
  judge: ({ hours }) => hours.silenceNats,
  relevance({ hours }) {
    const longest = Math.expm1(hours.logLongestSilence)
    return excess(logDays(hours.silentHours), logDays(longest), 1)
  },
  explain({ hours }) {
    const seen = `nothing for ${duration(hours.silentHours)}`
    const longest = Math.expm1(hours.logLongestSilence)
    const measured = { unit: 'hours', seen: hours.silentHours, over: 'silence' }
    if (longest <= 0) return { expected: 'no silence known yet', seen, measured }
    const expected = `silences of at most ${duration(longest)} so far`
    return { expected, seen, measured: { ...measured, largest: longest } }
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

/** The scale on which silences matter: to one that is always busy a few hours more are little. */
function logDays(hours: number): number {
  return log1p(hours / HOURS_PER_DAY)
}
