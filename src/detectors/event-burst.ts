/**
 * Event burst: more events in a window or a session than the agent usually makes.
 *
 * What its peers do in an outage, trying again, counts by as much less.
 * Reads     volume, authority
 * Blind to  A rise spread so that no window sees it.
 */
import { surge } from './surge.ts'
import { count } from './words.ts'

export const eventBurst = surge({
  name: 'event-burst',
  aspect: 'volume',
  title: 'did more than it ever does',
  measures: [0],
  isOfTrouble: true,
  inWords: (_, total) => `${count(total)} events`,
})
