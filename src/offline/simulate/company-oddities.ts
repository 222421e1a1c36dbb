/** Oddities that many agents share: roll-outs, outages, moves, and trouble on the way of the events. */
import type { Random } from '../../math/random.ts'
import type { Area } from './areas.ts'
import { errandArea, RELEASE_STEPS } from './asides.ts'
import type { Blueprint } from './blueprint.ts'
import { DAY_MS, HOUR_MS } from './clock.ts'
import { compile, flowOf, type NewStep } from './flows.ts'
import { impose, type Oddity } from './impose.ts'
import type { Setting } from './population.ts'
import { topic } from './words.ts'
import type { Flow, SimulatedAgent } from './world.ts'

export type Plan = (population: readonly SimulatedAgent[], at: Times, rng: Random) => Oddity[]

type Release = NewStep & { readonly areas?: Readonly<Record<string, Area>> }

export interface Times extends Setting {
  /** A moment within office hours on a workday, in the given part of the period. */
  workday(rng: Random, low?: number, high?: number): number
}

/** In the order in which they are made: each takes its chances from a stream of its own name. */
export const companyPlans = {
  rollouts,
  projects,
  partners,
  outage,
  egressMove,
  ingestOutage,
  lateCollector,
  redelivery,
  reorganisation,
} as const satisfies Readonly<Record<string, Plan>>

export function companyOddities(
  population: readonly SimulatedAgent[],
  setting: Setting,
  rng: Random,
): Oddity[] {
  const { startMs, endMs } = setting
  const times: Times = {
    ...setting,
    workday: (own, low = 0.15, high = 0.95) => {
      const day = Math.floor(
        own.between(startMs + low * (endMs - startMs), startMs + high * (endMs - startMs)) / DAY_MS,
      )
      const weekday = (day + 4) % 7
      const shift = weekday === 6 ? -1 : weekday === 0 ? 1 : 0
      return (day + shift) * DAY_MS + own.between(8, 15) * HOUR_MS
    },
  }
  return Object.entries<Plan>(companyPlans).flatMap(([name, plan]) =>
    plan(population, times, rng.fork(name)),
  )
}

/** A later release brings a step that nobody has done before. Half of them on all agents at once. */
function rollouts(population: readonly SimulatedAgent[], at: Times, rng: Random): Oddity[] {
  const groups = byBlueprint(population)
  const planned = groups.filter(([{ release }]) => release !== undefined)
  const others = rng.shuffle(groups.filter(([{ release }]) => release === undefined))
  return [...planned, ...others.slice(0, 3)].map(([blueprint, agents]) => {
    const release: Release = blueprint.release ?? anyRelease(blueprint, rng)
    const fromMs = at.workday(rng)
    const spreadMs = rng.chance(0.5) ? 0 : 4 * DAY_MS
    const note = release.step.action
    const change = (agent: SimulatedAgent) => ({
      fromMs: fromMs + (agent.key % 97) * (spreadMs / 97),
      toMs: Infinity,
      flow: flowOf(blueprint, { ...agent.areas, ...release.areas }, agent.habits, release),
    })
    return impose('rollout', agents, change, note)
  })
}

/** A tool that the blueprint has done without so far, used now and then after one of its steps. */
function anyRelease({ flow }: Blueprint, rng: Random): Release {
  const step = rng.pick(RELEASE_STEPS)
  const after = rng.pick(Object.keys(flow.steps))
  const next = flow.steps[after]!.next
  const areas = { 'new-tool': errandArea(step.area) }
  return { name: 'new-tool', after, share: 0.1, areas, step: { ...step, area: 'new-tool', next } }
}

/** A new project, folder or customer group turns up and soon is a quarter of some agents' work. */
function projects(population: readonly SimulatedAgent[], at: Times, rng: Random): Oddity[] {
  const candidates = byBlueprint(population).filter(([{ release }]) => release === undefined)
  return rng
    .shuffle(candidates)
    .slice(0, 4)
    .map(([, agents]) => {
      const name = `${topic(rng.integer(0, 40))}-${rng.integer(27, 99)}`
      const fromMs = at.workday(rng)
      const share = rng.between(0.08, 0.35)
      const members = agents.filter(() => rng.chance(0.8))
      const flow = (agent: SimulatedAgent) => rerouted(agent, name, share)
      return impose(
        'new-project',
        members,
        (agent) => ({ fromMs, toMs: Infinity, flow: flow(agent) }),
        name,
      )
    })
}

/** A new integration partner: a domain never seen before, from one day on used by a whole blueprint. */
function partners(population: readonly SimulatedAgent[], at: Times, rng: Random): Oddity[] {
  return byBlueprint(population)
    .filter(([{ areas }]) => areas.partners !== undefined)
    .map(([, agents]) => {
      const host = `hooks.${topic(rng.integer(0, 40))}-connect.com`
      const fromMs = at.workday(rng)
      return impose(
        'new-partner',
        agents,
        (agent) => {
          const base = agent.areas.partners!
          const partners: Area = (visit) =>
            visit.rng.chance(0.3) ? { id: `https/${host}/v1`, type: 'webhook' } : base(visit)
          const areas = { ...agent.areas, partners }
          return {
            fromMs,
            toMs: Infinity,
            flow: compile(agent.blueprint.flow, areas, agent.habits),
          }
        },
        host,
      )
    })
}

/** Two hours in which most calls fail and are repeated, and then all that was left undone. */
function outage(population: readonly SimulatedAgent[], at: Times, rng: Random): Oddity[] {
  const fromMs = at.workday(rng, 0.4, 0.9)
  const toMs = fromMs + rng.between(1, 3) * HOUR_MS
  const struck = population.filter(() => rng.chance(0.85))
  const failing = rng.between(0.6, 0.95)
  const error = 'HTTP 503: upstream unavailable'
  return [
    impose('outage', struck, { fromMs, toMs, failing, error, rate: 1.6 }),
    impose('catch-up', struck, { fromMs: toMs, toMs: toMs + 2 * HOUR_MS, rate: 2.1 }),
  ]
}

/** The company's egress moves to new addresses, first a few agents and days later the rest. */
function egressMove(population: readonly SimulatedAgent[], at: Times, rng: Random): Oddity[] {
  const fromMs = at.workday(rng, 0.3, 0.8)
  const movers = population.filter(
    ({ blueprint }) => blueprint.origin.kind === 'nat' && rng.chance(0.75),
  )
  return [
    impose('egress-move', movers, ({ key }) => ({
      fromMs: fromMs + (key % 10 < 2 ? 0 : 2 * DAY_MS),
      toMs: Infinity,
      moved: true,
    })),
  ]
}

/** The pipe to us is blocked for two hours; then all arrives at once. */
function ingestOutage(population: readonly SimulatedAgent[], at: Times, rng: Random): Oddity[] {
  const fromMs = at.workday(rng, 0.3)
  return [impose('ingest-outage', population, { fromMs, toMs: fromMs + 2 * HOUR_MS, held: true })]
}

/** One platform's collector is down over night and ships the backlog in the morning. */
function lateCollector(population: readonly SimulatedAgent[], at: Times, rng: Random): Oddity[] {
  return [0, 1].map(() => {
    const { platform } = rng.pick(population).blueprint
    const fromMs = at.workday(rng) + 8 * HOUR_MS
    const members = population.filter(({ blueprint }) => blueprint.platform === platform)
    const toMs = fromMs + rng.between(7, 26) * HOUR_MS
    return impose('late-collector', members, { fromMs, toMs, held: true }, platform.name)
  })
}

/** A shipper restarts from an old position and delivers an hour twice. */
function redelivery(population: readonly SimulatedAgent[], at: Times, rng: Random): Oddity[] {
  const { platform } = rng.pick(population).blueprint
  const fromMs = at.workday(rng)
  const members = population.filter(({ blueprint }) => blueprint.platform === platform)
  return [
    impose('redelivery', members, { fromMs, toMs: fromMs + HOUR_MS, twice: 1 }, platform.name),
  ]
}

/** Teams are shuffled: some agents act for other people from Monday on. */
function reorganisation(population: readonly SimulatedAgent[], at: Times, rng: Random): Oddity[] {
  const fromMs = at.workday(rng, 0.3, 0.8)
  const members = population.filter(({ people }) => people.length > 2 && rng.chance(0.35))
  const staff = at.people.map((_, index) => index)
  return [
    impose('reorganisation', members, ({ people }) => {
      const kept = people.filter(() => rng.chance(0.5))
      const joined = rng.shuffle(staff).slice(0, Math.max(2, people.length - kept.length))
      return { fromMs, toMs: Infinity, people: [...kept, ...joined] }
    }),
  ]
}

/** The agent's flow with a share of its work in a place named after the new thing. */
export function rerouted(agent: SimulatedAgent, name: string, share: number): Flow {
  const steps = agent.flow.steps.map((step) => {
    const area: Area = (visit) => {
      const item = step.area(visit)
      const parts = item.id.split('/')
      if (parts.length < 3 || !visit.rng.chance(share)) return item
      parts[1] = name
      return { ...item, id: parts.join('/') }
    }
    return { ...step, area }
  })
  return { ...agent.flow, steps }
}

function byBlueprint(population: readonly SimulatedAgent[]): [Blueprint, SimulatedAgent[]][] {
  const groups = new Map<Blueprint, SimulatedAgent[]>()
  for (const agent of population) {
    const members = groups.get(agent.blueprint)
    if (members === undefined) groups.set(agent.blueprint, [agent])
    else members.push(agent)
  }
  return [...groups]
}
