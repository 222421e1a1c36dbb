/**
 * New area: the agent worked in a system, site or bucket in which it does not work at all.
 *
 * Reads     resources
 * Blind to  Resources without a hierarchy or a type.
 */
import { areaName } from '../event/keys.ts'
import { unfamiliar } from './familiar.ts'

export const newArea = unfamiliar({
  name: 'new-area',
  aspect: 'place',
  title: 'worked in an area it does not use',
  things: 'areas',
  facets: [(readings) => readings.resources.area],
  seen: areaName,
})
