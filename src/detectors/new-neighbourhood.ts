/**
 * New neighbourhood: the agent touched something in a folder or collection it does not use.
 *
 * Reads     resources
 * Blind to  Resources without a hierarchy or a type.
 */
import { containerName } from '../event/keys.ts'
import { unfamiliar } from './familiar.ts'

export const newNeighbourhood = unfamiliar({
  name: 'new-neighbourhood',
  aspect: 'place',
  title: 'worked in a place it does not use',
  things: 'places',
  facets: [(readings) => readings.resources.container],
  implied: [({ resources }) => resources.area],
  seen: containerName,
})
