/**
 * Authority: by what right an agent acts. The scopes it uses, what sets it off, for whom it acts,
 * and whether it is let.
 *
 * Four facets: permission used, kind of trigger with the action it leads to, user, outcome. Each is a
 * faded tally with the blueprint's and the tenant's as prior.
 * Source    Teh (2006), ACL; see math/novelty.
 * Departs   The trigger's id and digest are not counted: prompts seldom repeat.
 * Cost      At most 1.1 KB an agent; O(1) a facet.
 * Blind to  A right that is used as always for another end.
 */
import { facetsBaseline } from './facets.ts'

export const authority = facetsBaseline('authority', 2, {
  permission: {
    agentMax: 32,
    groupMax: 512,
    key: (keys) => keys.permission,
    name: (event) => event.permission?.used,
  },
  trigger: {
    agentMax: 48,
    groupMax: 512,
    key: (keys) => keys.trigger,
    name: (event) => `${event.action} on ${event.trigger?.kind ?? 'no trigger'}`,
  },
  user: {
    agentMax: 64,
    groupMax: 1024,
    key: (keys) => keys.user,
    name: (event) => event.onBehalfOf,
  },
  outcome: {
    agentMax: 4,
    groupMax: 4,
    key: (keys) => keys.outcome,
    name: (event) => event.outcome,
  },
})
