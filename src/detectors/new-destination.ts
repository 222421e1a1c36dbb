/**
 * New destination: something was sent, shared, written or called where the agent does not send.
 *
 * Reads     resources
 * Blind to  Data that leaves by a place the agent uses daily.
 */
import { powerOf } from '../event/verbs.ts'
import type { Detector } from './detector.ts'
import { expectedOf, seenOf, stranger } from './familiar.ts'
import { hadItBeenUsual } from './supposition.ts'

export const newDestination: Detector = {
  name: 'new-destination',
  aspect: 'destination',
  title: 'sent something to where it does not send',
  facets: ({ resources }) => [resources.container, resources.resource],
  judge({ resources }, event) {
    if (!powerOf(event.action).isEgress) return 0
    return stranger(resources.container, resources.resource).nats
  },
  explain({ resources }, event) {
    const reading = stranger(resources.container, resources.resource)
    const seen = `${event.action} to ${event.resource.id}`
    return { expected: expectedOf(reading, 'destinations'), seen: seenOf(reading, seen) }
  },
  suppositions({ resources }, { action, resource }) {
    const { isKnownToPeers } = stranger(resources.container, resources.resource)
    const what = `${action} to ${resource.id}`
    return hadItBeenUsual(
      what,
      'destinations',
      isKnownToPeers,
      ({ resources: { area, container, ...others } }) => [others.resource, container, area],
    )
  },
}
