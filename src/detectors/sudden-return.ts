/**
 * Sudden return: the agent is back after a silence longer than any it is known for.
 *
 * Reads     hours
 * Blind to  Agents that often rest, and what is done before the silence is noticed.
 */
import type { Detector } from './detector.ts'
import { duration } from './words.ts'

export const suddenReturn: Detector = {
  name: 'sudden-return',
  aspect: 'silence',
  title: 'was back after an unusual silence',
  judge: ({ hours }) => hours.silenceNats,
  explain({ hours }) {
    const seen = `nothing for ${duration(hours.silentHours)}`
    const longest = Math.expm1(hours.logLongestSilence)
    if (longest <= 0) return { expected: 'no silence known yet', seen }
    return { expected: `silences of at most ${duration(longest)} so far`, seen }
  },
}
