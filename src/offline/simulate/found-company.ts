/** Founds the company: its people and agents, before anything out of the ordinary befalls them. */
import { random } from '../../math/random.ts'
import { DAY_MS } from './clock.ts'
import { hire } from './people.ts'
import { populate, type Setting } from './population.ts'
import type { SimulateOptions } from './simulate.ts'
import type { SimulatedAgent, World } from './world.ts'

const PEOPLE_PER_AGENT = 2.2

export interface Company {
  readonly world: World
  /** The agents of the world; new ones are added to them before the first event is made. */
  readonly population: SimulatedAgent[]
  /** What agents are made in. */
  readonly setting: Setting
}

export function foundCompany(options: SimulateOptions): Company {
  const { seed, agents = 120, days = 42, start = '2026-02-02', pace = 1, tenant } = options
  const rng = random(`tenant/${seed}`)
  const startMs = Date.parse(`${start}T00:00:00Z`)
  const endMs = startMs + days * DAY_MS
  const people = hire(Math.ceil(agents * PEOPLE_PER_AGENT), startMs, days, rng.fork('people'))
  const setting = { startMs, endMs, people, rng: rng.fork('agents') }
  const population = populate(agents, setting)
  const world = { seed, tenant, startMs, endMs, pace, people, agents: population, rng }
  return { world, population, setting }
}
