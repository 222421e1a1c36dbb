/**
 * Odd outcome: a call ended as the agent's calls seldom do.
 *
 * What many meet at once is no oddity of one: it counts as far as its peers do not meet it then.
 * Reads     authority
 * Blind to  Attempts that succeed.
 */
import { unfamiliar } from './familiar.ts'

export const oddOutcome = unfamiliar({
  name: 'odd-outcome',
  aspect: 'outcome',
  title: 'failed or was denied, which it seldom is',
  things: 'outcomes',
  facets: [(readings) => readings.authority.outcome],
  seen: (event) => event.outcome,
  relevance: ({ authority }) => 1 - authority.trouble,
})
