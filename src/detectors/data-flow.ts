/**
 * Data flow: a session took something in, and then sent something to where the agent does not send.
 *
 * Reads     resources, sizes
 * Blind to  What is sent to where the agent sends daily, and what was taken in another session.
 */
import type { Detector } from './detector.ts'
import { expectedOf, seenOf, stranger } from './familiar.ts'
import { newDestination } from './new-destination.ts'
import { count } from './words.ts'

export const dataFlow: Detector = {
  name: 'data-flow',
  aspect: 'flow',
  title: 'took in data and sent it to where it does not send',
  facets: newDestination.facets!, // it looks at the same place, and asks the same of it
  judge: (readings, event, standing) =>
    readings.sizes.sessionTaken === 0 ? 0 : newDestination.judge(readings, event, standing),
  explain({ resources, sizes }, event) {
    const reading = stranger(resources.container, resources.resource)
    const calls = sizes.sessionTaken === 1 ? 'a call' : `${count(sizes.sessionTaken)} calls`
    const seen = `${event.action} to ${event.resource.id} after ${calls} that took in data`
    return { expected: expectedOf(reading, 'destinations'), seen: seenOf(reading, seen) }
  },
  suppositions: newDestination.suppositions!,
}
