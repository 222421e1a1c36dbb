/**
 * Odd use: an action in an area where the agent does not take it.
 *
 * Reads     resources
 * Blind to  Actions on resources that lie in no area and have no type.
 */
import { areaName } from '../event/keys.ts'
import { stranger, unfamiliar } from './familiar.ts'

export const oddUse = unfamiliar({
  name: 'odd-use',
  aspect: 'use',
  title: 'did something it does not do there',
  things: 'uses',
  facets: [(readings) => readings.resources.use],
  implied: [({ actions }) => actions.action, ({ resources }) => resources.area],
  given: ({ actions, resources }) => stranger(actions.action, resources.area),
  seen: (event) => `${event.action} in ${areaName(event) || event.resource.id}`,
})
