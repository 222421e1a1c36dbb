/**
 * Resources: what an agent touches, as a graph of agent, action and place.
 *
 * Five facets of every edge: the resource, what it lies in, the area that lies in, the action used
 * there, and how sensitive it is. Each is a faded tally with the blueprint's and the tenant's as
 * prior. How often a resource or its place is new is known by action: who reads a new ticket each
 * time may still write to the same few places.
 * Source    Teh (2006), ACL; see math/novelty.
 * Departs   A bounded tally stands for the graph: of an agent with more neighbours than it holds,
 *           the lightest are forgotten and read as new again.
 * Cost      6 bytes a neighbour at rest, at most 2.7 KB an agent; O(1) a facet.
 * Blind to  What is done to a resource it uses daily; see actions and volume.
 */
import { areaName, containerName } from '../event/keys.ts'
import { facetsBaseline } from './facets.ts'

export const resources = facetsBaseline('resources', 4, {
  resource: {
    agentMax: 192,
    groupMax: 4096,
    isByAction: true,
    key: (keys) => keys.resource,
    name: (event) => event.resource.id,
  },
  container: {
    agentMax: 96,
    groupMax: 2048,
    isByAction: true,
    key: (keys) => keys.container,
    name: containerName,
  },
  area: { agentMax: 48, groupMax: 1024, key: (keys) => keys.area, name: areaName },
  use: {
    agentMax: 64,
    groupMax: 2048,
    key: (keys) => keys.use,
    name: (event) => `${event.action} in ${areaName(event)}`,
  },
  sensitivity: {
    agentMax: 8,
    groupMax: 64,
    key: (keys) => keys.sensitivity,
    name: (event) => event.resource.sensitivity,
  },
})
