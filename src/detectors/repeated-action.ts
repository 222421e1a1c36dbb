/**
 * Repeated action: one action was taken more often in a session than it ever is.
 *
 * Reads     sizes
 * Blind to  Repetition spread over sessions, and logs whose sessions cannot be told apart.
 */
import type { Detector } from './detector.ts'
import { count } from './words.ts'

export const repeatedAction: Detector = {
  name: 'repeated-action',
  aspect: 'repetition',
  title: 'repeated one action more than it ever does',
  judge: ({ sizes }) => sizes.callsNats,
  explain({ sizes }, { action }) {
    const seen = `${action} ${count(sizes.calls)} times in a session`
    const largest = Math.expm1(sizes.logLargestCalls)
    if (largest <= 0) return { expected: `no ${action} so far`, seen }
    const usual = count(Math.expm1(sizes.logUsualCalls))
    return { expected: `usually ${usual}, at most ${count(largest)} so far`, seen }
  },
}
