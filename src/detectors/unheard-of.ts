/**
 * Unheard of: the agent met something that no agent of its tenant has met before.
 *
 * Reads     actions, resources, origin
 * Blind to  What is new to the agent and known elsewhere in the tenant.
 */

import type { FacetReading } from '../baselines/facet.ts'
import type { Readings } from '../baselines/index.ts'
import type { Detector } from './detector.ts'

const facets: readonly [things: string, of: (readings: Readings) => FacetReading][] = [
  ['action', ({ actions }) => actions.action],
  ['area', ({ resources }) => resources.area],
  ['use', ({ resources }) => resources.use],
  ['country', ({ origin }) => origin.country],
  ['provider', ({ origin }) => origin.asn],
  ['client', ({ origin }) => origin.client],
  ['permission', ({ authority }) => authority.permission],
]

export const unheardOf: Detector = {
  name: 'unheard-of',
  aspect: 'tenant',
  title: 'met what no agent here has met',
  judge(readings) {
    let most = 0
    for (const [, of] of facets) most = Math.max(most, of(readings).tenantNats)
    return most
  },
  explain(readings, { action, resource }) {
    const [things] = facets.reduce((a, b) =>
      b[1](readings).tenantNats > a[1](readings).tenantNats ? b : a,
    )
    const expected = `${/^[aeiou]/.test(things) ? 'an' : 'a'} ${things} known in the tenant`
    return { expected, seen: `${action} on ${resource.id}, the first of its ${things}` }
  },
}
