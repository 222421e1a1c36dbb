/**
 * Home: where an agent belongs, its tenant and its blueprint, and what the registry says of it.
 *
 * Derived from what its events say and from the registry; kept with its state, for it seldom changes.
 */
import { doubleOf } from '../agent/look-alike.ts'
import type { RegisteredAgent, Registry } from '../agent/registry.ts'
import type { Event } from '../event/event.ts'
import { groupKey } from '../scoring/knowledge.ts'
import type { AgentState } from './agent-state.ts'

export interface Home {
  /** The one that was asked. */
  readonly registry: Registry | undefined
  /** The blueprint its latest event names. */
  readonly named: string | undefined
  /** Keys of its groups; see scoring/knowledge. */
  readonly tenantKey: string
  readonly blueprintKey: string | undefined
  readonly registered: RegisteredAgent | undefined
  /** Another registered agent that it may be mistaken for. */
  readonly double: string | undefined
}

/** Where the event's agent belongs. Where its events do not say of what kind it is, the registry does. */
export function homeOf(
  state: AgentState,
  { tenant, agent: { id, blueprint: named } }: Event,
  registry: Registry | undefined,
): Home {
  const { home } = state
  if (home === undefined || home.named !== named || home.registry !== registry) {
    const registered = registry?.get(id)
    const blueprint = named ?? registered?.blueprint
    state.home = {
      named,
      registry,
      tenantKey: groupKey(tenant),
      blueprintKey: blueprint === undefined ? undefined : groupKey(tenant, blueprint),
      registered,
      double: registry === undefined ? undefined : doubleOf(id, registry),
    }
    state.blueprint = blueprint
  }
  return state.home!
}
