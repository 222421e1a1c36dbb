/** Simulates a company's agents: a seed in, events, registry and the truth about the attacks out. */
import type { RawEvent } from '../../event/event.ts'
import { planAttacks } from './attacks/plan.ts'
import { deliver } from './deliver.ts'
import { foundCompany } from './found-company.ts'
import type { Oddity } from './impose.ts'
import { planOddities } from './oddities.ts'
import { type RegistryEntry, registerAll } from './registry.ts'

export interface SimulateOptions {
  /** The same seed and options give the same bytes on every machine. */
  readonly seed: number
  /** Agents at the start; some more are born on the way. At least 1. @default 120 */
  readonly agents?: number
  /** @default 42 */
  readonly days?: number
  /** First day, RFC 3339 date, UTC. @default 2026-02-02 */
  readonly start?: string
  /** Attacks to plan. @default 40 */
  readonly attacks?: number
  /** Written into every event when given. */
  readonly tenant?: string
  /** Factor on how often sessions begin; 1 gives about 150 events per agent and day. @default 1 */
  readonly pace?: number
}

/** What an attack truly was. */
export interface Label {
  readonly incident: string
  /** Kebab-case name of the scenario. */
  readonly scenario: string
  /** Its number in the scenario table. */
  readonly scenarioNumber: number
  /** The agent whose name is on most of it. */
  readonly agent: string
  readonly startMs: number
  readonly endMs: number
  /** RFC 3339. */
  readonly start: string
  readonly end: string
  /** How blatant it was: 1, 2 or 5. */
  readonly intensity: number
  /** Ids of the malicious events and of no others. */
  readonly events: readonly string[]
}

export interface Simulation {
  readonly registry: readonly RegistryEntry[]
  /** In order of arrival; may be read once. */
  readonly events: Iterable<RawEvent>
  readonly labels: readonly Label[]
  /** Honest things out of the ordinary. */
  readonly oddities: readonly Oddity[]
}

export function simulate(options: SimulateOptions): Simulation {
  const { world, population, setting } = foundCompany(options)
  const oddities = planOddities(population, setting, world.rng.fork('oddities'))
  const plan = planAttacks(world, options.attacks ?? 40, world.rng.fork('attacks'))
  return {
    registry: [...registerAll(world), ...plan.registered].sort((a, b) => (a.id < b.id ? -1 : 1)),
    events: deliver(world, plan.occurrences, plan.silences),
    labels: plan.labels,
    oddities,
  }
}
