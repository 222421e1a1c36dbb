/**
 * Odd sensitivity: data of a class the agent does not usually handle.
 *
 * Reads     resources
 * Blind to  Logs that carry no sensitivity.
 */
import { unfamiliar } from './familiar.ts'

export const oddSensitivity = unfamiliar({
  name: 'odd-sensitivity',
  aspect: 'place',
  title: 'touched data of a sensitivity it does not handle',
  things: 'levels of sensitivity',
  facets: [(readings) => readings.resources.sensitivity],
  seen: (event) => event.resource.sensitivity ?? 'no level',
})
