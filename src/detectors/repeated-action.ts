/**
 * Repeated action: one action was taken more often in a session than it ever is.
 *
 * What its peers do in an outage, trying again, counts by as much less.
 * Reads     sizes, authority
 * Blind to  Repetition spread over sessions, and logs whose sessions cannot be told apart.
 */
import { log1p } from '../math/logs.ts'
import { excess } from '../math/moments.ts'
import type { Detector } from './detector.ts'
import { count } from './words.ts'

export const repeatedAction: Detector = {
  name: 'repeated-action',
  aspect: 'repetition',
  title: 'repeated one action more than it ever does',
  judge: ({ sizes }) => sizes.callsNats,
  relevance: ({ sizes, authority }) =>
    (1 - authority.trouble) * excess(log1p(sizes.calls), sizes.logLargestCalls),
  explain({ sizes }, { action }) {
    const seen = `${action} ${count(sizes.calls)} times in a session`
    const largest = Math.expm1(sizes.logLargestCalls)
    const measured = { unit: 'calls', seen: sizes.calls, over: 'session' }
    if (largest <= 0) return { expected: `no ${action} so far`, seen, measured }
    const usual = Math.expm1(sizes.logUsualCalls)
    return {
      expected: `usually ${count(usual)}, at most ${count(largest)} so far`,
      seen,
      measured: { ...measured, usual, largest },
    }
  },
  suppositions: ({ sizes }, { action }) => [
    {
      kind: 'less',
      of: 'calls',
      seen: sizes.calls,
      inWords: (calls) => `${count(calls)} times ${action} in a session`,
    },
  ],
}
