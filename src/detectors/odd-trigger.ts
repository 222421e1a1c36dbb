/**
 * Odd trigger: what set the agent off does not usually lead to this action.
 *
 * Reads     authority
 * Blind to  Logs that do not say what set the agent off.
 */
import { unfamiliar } from './familiar.ts'

export const oddTrigger = unfamiliar({
  name: 'odd-trigger',
  aspect: 'cause',
  title: 'acted on an unusual trigger',
  things: 'triggers',
  facets: [(readings) => readings.authority.trigger],
  given: ({ actions }) => actions.action,
  seen: (event) => `${event.action} on ${event.trigger?.kind ?? 'none'}`,
})
