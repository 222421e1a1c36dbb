/**
 * Odd privilege: an action of power, on credentials, rights, logs, code or existence, that the agent
 * does not usually take, or takes where it does not usually act.
 *
 * Reads     actions, resources
 * Blind to  Powers whose names it does not know, and their use as usual.
 */
import { powerOf } from '../event/verbs.ts'
import type { Detector } from './detector.ts'
import { expectedOf, seenOf, stranger } from './familiar.ts'
import { hadItBeenUsual } from './supposition.ts'

export const oddPrivilege: Detector = {
  name: 'odd-privilege',
  aspect: 'deed',
  title: 'used a power it does not use',
  facets: ({ actions, resources }) => [actions.action, resources.use],
  judge({ actions, resources }, event) {
    if (!powerOf(event.action).isPrivileged) return 0
    return stranger(actions.action, resources.use).nats
  },
  explain({ actions, resources }, event) {
    const reading = stranger(actions.action, resources.use)
    const seen = `${event.action} on ${event.resource.id}`
    return { expected: expectedOf(reading, 'actions'), seen: seenOf(reading, seen) }
  },
  suppositions({ actions, resources }, { action, resource }) {
    const { isKnownToPeers } = stranger(actions.action, resources.use)
    return hadItBeenUsual(`${action} on ${resource.id}`, 'actions', isKnownToPeers, (readings) => [
      readings.actions.action,
      readings.resources.use,
    ])
  },
}
