/** Registry: what the company has written down about its agents, which is not always all. */
import { hash } from '../../math/random.ts'
import { DAY_MS } from './clock.ts'
import type { SimulatedAgent, World } from './world.ts'

export interface RegistryEntry {
  readonly id: string
  readonly name?: string
  readonly blueprint?: string
  readonly sponsor?: string
  readonly owners?: readonly string[]
  readonly purpose?: { readonly actions: readonly string[]; readonly resources: readonly string[] }
  readonly granted?: readonly string[]
  readonly timezone?: string
  readonly criticality?: string
  readonly registeredAt?: string
  readonly status?: string
}

export function registerAll(world: World): RegistryEntry[] {
  return world.agents.map((agent) => register(world, agent))
}

/** One entry; about one in eight lacks its owners, one in six its purpose. */
export function register(world: World, agent: SimulatedAgent): RegistryEntry {
  const { key, blueprint } = agent
  const ageDays = 30 + (hash(key, 3) % 500)
  const registeredMs = Number.isFinite(agent.bornMs)
    ? agent.bornMs - (hash(key, 4) % (3 * DAY_MS))
    : world.startMs - ageDays * DAY_MS
  return {
    id: agent.id,
    name: agent.name,
    blueprint: blueprint.name,
    sponsor: agent.sponsor,
    ...(hash(key, 5) % 8 !== 0 && { owners: [agent.sponsor] }),
    ...(hash(key, 6) % 6 !== 0 && { purpose: blueprint.purpose }),
    granted: blueprint.granted,
    timezone: agent.zone,
    criticality: blueprint.criticality,
    registeredAt: new Date(registeredMs).toISOString(),
    // Written at the end of the period, when the retired are known.
    status: agent.retiredMs < world.endMs ? 'retired' : 'active',
  }
}
