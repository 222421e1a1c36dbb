/**
 * Refusal burst: more failures and denials in a window or a session than the agent usually meets.
 *
 * What its peers are refused too at the time counts by as much less.
 * Reads     volume, authority
 * Blind to  Probing that is not refused.
 */
import { surge } from './surge.ts'
import { count } from './words.ts'

export const refusalBurst = surge({
  name: 'refusal-burst',
  aspect: 'outcome',
  title: 'was refused more often than it ever is',
  measures: [4],
  isOfTrouble: true,
  inWords: (_, total) => `${count(total)} refusals`,
})
