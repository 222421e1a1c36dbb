/**
 * Unheard of: the agent did what no agent of its tenant has done before.
 *
 * Reads     actions, resources, authority
 * Blind to  What is new to the agent and known elsewhere in the tenant.
 */
import { unheard } from './unheard.ts'

export const unheardOf = unheard({
  name: 'unheard-of',
  aspect: 'unheard deed',
  title: 'did what no agent here has done',
  facets: [
    ['an action', ({ actions }) => actions.action],
    ['a use', ({ resources }) => resources.use],
    ['a permission', ({ authority }) => authority.permission],
  ],
  seen: ({ action, resource }) => `${action} on ${resource.id}`,
})
