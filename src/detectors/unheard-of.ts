/**
 * Unheard of: the agent met something that no agent of its tenant has met before.
 *
 * Reads     actions, resources, origin
 * Blind to  What is new to the agent and known elsewhere in the tenant.
 */

import type { FacetReading } from '../baselines/facet.ts'
import type { Readings } from '../baselines/index.ts'
import type { Detector } from './detector.ts'

const facets: readonly [thing: string, of: (readings: Readings) => FacetReading][] = [
  ['an action', ({ actions }) => actions.action],
  ['an area', ({ resources }) => resources.area],
  ['a use', ({ resources }) => resources.use],
  ['a country', ({ origin }) => origin.country],
  ['a provider', ({ origin }) => origin.asn],
  ['a client', ({ origin }) => origin.client],
  ['a permission', ({ authority }) => authority.permission],
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
    const [thing] = facets.reduce((a, b) =>
      b[1](readings).tenantNats > a[1](readings).tenantNats ? b : a,
    )
    const seen = `${action} on ${resource.id}, ${thing} new to all`
    return { expected: `${thing} known in the tenant`, seen }
  },
}
