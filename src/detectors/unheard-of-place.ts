/**
 * Unheard-of place: the agent went where no agent of its tenant has been before.
 *
 * Reads     resources
 * Blind to  Places that other agents of the tenant use.
 */
import { unheard } from './unheard.ts'

export const unheardOfPlace = unheard({
  name: 'unheard-of-place',
  aspect: 'unheard place',
  title: 'went where no agent here has been',
  facets: [
    ['an area', ({ resources }) => resources.area],
    ['a place', ({ resources }) => resources.container],
  ],
  seen: ({ action, resource }) => `${action} on ${resource.id}`,
})
