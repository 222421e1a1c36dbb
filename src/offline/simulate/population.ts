/** Population: the agents of the company, no two alike. */
import type { Random } from '../../math/random.ts'
import type { Area } from './areas.ts'
import { asidesOf } from './asides.ts'
import type { Blueprint, CronPlan, Rhythm } from './blueprint.ts'
import { blueprints } from './blueprints/catalogue.ts'
import { COUNTRY_OF_ZONE, DAY_MS, HOUR_MS, type Zone } from './clock.ts'
import { flowOf, type Habits } from './flows.ts'
import type { Field, Platform } from './platform.ts'
import { releasesOf } from './releases.ts'
import type { Burst, CronLine, Person, SimulatedAgent } from './world.ts'

const TEAM_SIZE_MAX = 24
const HEAVY_SHARE = 0.25 // of the agents have days and amounts with very heavy tails
const REGIONS = ['emea', 'na', 'apac', 'core', 'ops', 'eu1', 'us2', 'main', 'pilot', 'shared']
const FIELDS: readonly Field[] = [
  'name',
  'blueprint',
  'version',
  'model',
  'sponsor',
  'onBehalfOf',
  'bytes',
  'records',
  'ip',
  'asn',
  'country',
  'userAgent',
  'session',
  'trigger',
  'digest',
  'granted',
  'scope',
  'sensitivity',
  'type',
]

export interface Setting {
  readonly startMs: number
  readonly endMs: number
  readonly people: readonly Person[]
  readonly rng: Random
}

/** How many agents of each blueprint: by weight, and at least one. */
function headcounts(agents: number): readonly [Blueprint, number][] {
  const kinds = blueprints.slice(0, agents)
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0)
  const spare = agents - kinds.length
  let given = 0
  let weights = 0
  return kinds.map((blueprint) => {
    weights += blueprint.weight
    const due = Math.round((spare * weights) / total) - given
    given += due
    return [blueprint, 1 + due]
  })
}

export function populate(agents: number, setting: Setting): SimulatedAgent[] {
  const population: SimulatedAgent[] = []
  const called: SimulatedAgent[] = []
  const counts = [...headcounts(agents)].sort(
    // Agents that are called come first: those who call them need to know them.
    ([a], [b]) => Number(b.rhythm.called ?? false) - Number(a.rhythm.called ?? false),
  )
  for (const [blueprint, count] of counts) {
    for (let n = 0; n < count; n++) {
      const agent = makeAgent(blueprint, n, population.length, setting, called)
      population.push(agent)
      if (blueprint.rhythm.called) called.push(agent)
    }
  }
  return population
}

/** One more agent of a blueprint; `called` are the agents it may call. */
export function makeAgent(
  blueprint: Blueprint,
  n: number,
  index: number,
  setting: Setting,
  called: readonly SimulatedAgent[] = [],
  life: { readonly bornMs: number; readonly retiredMs: number } = {
    bornMs: -Infinity,
    retiredMs: Infinity,
  },
): SimulatedAgent {
  const rng = setting.rng.fork(`agent/${blueprint.name}/${n}`)
  const key = rng.u32()
  const team = teamOf(blueprint, setting.people, rng)
  const zone =
    blueprint.people === 'one' && team.length > 0
      ? setting.people[team[0]!]!.zone
      : rng.pick(blueprint.zones)
  const name = nameOf(blueprint, n, rng)
  const id = idOf(blueprint.platform, name, rng)
  const shows = showsOf(blueprint.platform, rng)
  const isHeavy = rng.chance(HEAVY_SHARE)
  const habits: Habits = {
    rng: rng.fork('habits'),
    volumeFactor: rng.logNormal(1, 0.6),
    tailFactor: isHeavy ? 1.5 : rng.between(0.8, 1.1),
    isPrompted: blueprint.trigger === 'prompt',
  }
  const calls = 'call' in blueprint.flow.steps ? rng.shuffle(called).slice(0, 6) : []
  const areas = { ...blueprint.areas, agents: areaOf(calls) }
  const sponsor = setting.people[rng.integer(0, setting.people.length - 1)]!.name
  const agent: SimulatedAgent = {
    index,
    id,
    name,
    blueprint,
    sponsor,
    zone,
    country: COUNTRY_OF_ZONE[zone],
    key,
    rng,
    perDay: (blueprint.rhythm.perDay ?? 0) * rng.logNormal(1, blueprint.rhythm.spread ?? 0.75),
    hourWeights: hourWeightsOf(blueprint.rhythm.hours ?? 'office', rng),
    daySigma: isHeavy ? rng.between(0.7, 1.1) : rng.between(0.15, 0.45),
    volumeFactor: habits.volumeFactor,
    flow: flowOf(blueprint, areas, habits),
    areas,
    habits,
    people: team,
    ...life,
    releases: releasesOf({ id, name, blueprint, sponsor, shows, key }, setting),
    skewMs: rng.chance(0.06) ? Math.round(rng.normal(0, 90_000)) : Math.round(rng.normal(0, 40)),
    cron: (blueprint.rhythm.cron ?? []).flatMap((plan, line) => cronLine(plan, line, zone, rng)),
    poll: pollOf(blueprint.rhythm, rng),
    bursts: burstsOf(blueprint.rhythm, setting, rng),
    asides: asidesOf(
      setting.rng.fork(`errands/${blueprint.name}`),
      rng.fork('asides'),
      blueprint,
      habits,
    ),
    callers: [],
    calls,
    shows,
    changes: [],
  }
  for (const callee of calls) (callee.callers as SimulatedAgent[]).push(agent)
  return agent
}

function teamOf({ people }: Blueprint, staff: readonly Person[], rng: Random): number[] {
  if (people === undefined) return []
  if (people === 'one') return [rng.integer(0, staff.length - 1)]
  const size = Math.min(staff.length, rng.integer(3, TEAM_SIZE_MAX))
  return rng.shuffle(staff.map((_, index) => index)).slice(0, size)
}

function nameOf(blueprint: Blueprint, n: number, rng: Random): string {
  const number = String(n + 1).padStart(2, '0')
  return rng.chance(0.6)
    ? `${blueprint.name}-${number}`
    : `${blueprint.name}-${rng.pick(REGIONS)}-${number}`
}

function idOf(platform: Platform, name: string, rng: Random): string {
  if (platform.id === 'uuid' && platform.name === 'suite') {
    const digits = rng.hex(32)
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`
  }
  return platform.name === 'trail' ? `arn:cloud:iam::471100231988:role/${name}` : name
}

/** What its platform omits is never shown; and now and then an installation omits one thing more. */
function showsOf(platform: Platform, rng: Random): Record<Field, boolean> {
  const shows = {} as Record<Field, boolean>
  for (const field of FIELDS) shows[field] = !platform.omits.has(field) && !rng.chance(0.03)
  return shows
}

function areaOf(calls: readonly SimulatedAgent[]): Area {
  return ({ rng }) =>
    calls.length === 0
      ? { id: 'agents/none', type: 'agent' }
      : { id: `agents/${calls[rng.zipf(calls.length, 0.9)]!.id}`, type: 'agent' }
}

function hourWeightsOf(shape: NonNullable<Rhythm['hours']>, rng: Random): number[] {
  const start = rng.normal(8.5, 0.8)
  const end = Math.max(start + 5, rng.normal(17.5, 1))
  const peak = rng.normal(14, 2.5)
  const swing = rng.between(0.35, 0.85)
  const evening = rng.chance(0.25) ? rng.between(0.05, 0.25) : 0.012
  const weights = Array.from({ length: 24 }, (_, hour) => {
    const wobble = rng.logNormal(1, 0.18)
    if (shape === 'flat') return wobble
    if (shape === 'diurnal')
      return wobble * (1 + swing * Math.cos(((hour - peak) / 24) * 2 * Math.PI))
    const covered = Math.max(0, Math.min(hour + 1, end) - Math.max(hour, start))
    if (covered > 0) return wobble * covered * (hour === 12 ? 0.45 : 1)
    return hour > 6 && hour < 23 ? evening * wobble : 0.001
  })
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / 24
  return weights.map((weight) => weight / mean)
}

function cronLine(plan: CronPlan, line: number, zone: Zone, rng: Random): CronLine[] {
  const isTaken = rng.chance(plan.share ?? 1)
  const hour = plan.hours === undefined ? 0 : rng.pick(plan.hours)
  // Most timetables keep round minutes; half of them run on UTC and so shift against the office.
  const minute = rng.chance(0.6) ? rng.pick([0, 0, 0, 15, 30, 45, 5]) : rng.integer(0, 59)
  const clock: Zone = rng.chance(0.5) ? 'UTC' : zone
  const weekday = rng.pick([0, 1, 1, 5, 6])
  const sessions = Math.max(1, Math.round((plan.sessions ?? 1) * rng.logNormal(1, 0.5)))
  const id = `${plan.every}-${line}`
  const { every } = plan
  return isTaken ? [{ every, zone: clock, minute: hour * 60 + minute, weekday, sessions, id }] : []
}

function pollOf({ pollS }: Rhythm, rng: Random): SimulatedAgent['poll'] {
  if (pollS === undefined) return undefined
  const everyMs = Math.max(60, Math.round(rng.logNormal(...pollS) / 30) * 30) * 1000
  return { everyMs, phaseMs: rng.integer(0, everyMs - 1) }
}

function burstsOf({ bursts }: Rhythm, { startMs, endMs }: Setting, rng: Random): Burst[] {
  if (bursts === undefined) return []
  const weeks = (endMs - startMs) / (7 * DAY_MS)
  const perWeek = bursts.perWeek * rng.logNormal(1, 0.5)
  return Array.from({ length: rng.poisson(perWeek * weeks) }, () => {
    const begin = rng.between(startMs, endMs)
    const hours = rng.logNormal(...bursts.lengthH)
    return {
      startMs: begin,
      endMs: begin + hours * HOUR_MS,
      perHour: Math.min(60, rng.logNormal(...bursts.sessions) / hours),
    }
  }).sort((a, b) => a.startMs - b.startMs)
}
