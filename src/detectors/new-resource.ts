/**
 * New resource: the agent touched something it does not use.
 *
 * Reads     resources
 * Blind to  Agents to whom nearly everything is new; see new-neighbourhood.
 */
import { unfamiliar } from './familiar.ts'

export const newResource = unfamiliar({
  name: 'new-resource',
  aspect: 'place',
  title: 'touched a resource it does not use',
  things: 'resources',
  facets: [(readings) => readings.resources.resource],
  implied: [({ resources }) => resources.container, ({ resources }) => resources.area],
  seen: (event) => event.resource.id,
})
