/**
 * New permission: a scope the agent has never or seldom used.
 *
 * Reads     authority
 * Blind to  Logs that carry no scopes.
 */
import { unfamiliar } from './familiar.ts'

export const newPermission = unfamiliar({
  name: 'new-permission',
  aspect: 'authority',
  title: 'used a permission it does not use',
  things: 'permissions',
  facets: [(readings) => readings.authority.permission],
  given: ({ actions }) => actions.action,
  seen: (event) => event.permission?.used ?? 'none',
})
