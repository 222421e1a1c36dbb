/**
 * Rare action: the agent did something it seldom or never does.
 *
 * Reads     actions
 * Blind to  Misuse of the actions it takes daily.
 */
import { unfamiliar } from './familiar.ts'

export const rareAction = unfamiliar({
  name: 'rare-action',
  aspect: 'deed',
  title: 'did something it does not do',
  things: 'actions',
  facets: [(readings) => readings.actions.action],
  seen: (event) => event.action,
})
