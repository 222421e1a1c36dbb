/**
 * Twins: sixteen honest changes that look like attacks, each as a plan for the simulated company.
 *
 * Most are oddities of generated tenants, planned here for a moment of our choosing.
 */
import { hash, type Random } from '../../math/random.ts'
import {
  bear,
  grow,
  hasTravellers,
  MIGRANTS,
  migrate,
  travel,
  withdraw,
} from '../simulate/agent-oddities.ts'
import { DAY_MS, HOUR_MS, type Zone } from '../simulate/clock.ts'
import { companyPlans, type Plan } from '../simulate/company-oddities.ts'
import type { Company } from '../simulate/found-company.ts'
import { impose, type Oddity } from '../simulate/impose.ts'
import type { SimulatedAgent } from '../simulate/world.ts'

/** The days that a background is judged from: an ordinary time, and those before the clocks change. */
export const CALENDARS = {
  ordinary: '2026-06-15',
  spring: '2026-03-23',
  autumn: '2026-10-19',
} as const
export type Calendar = keyof typeof CALENDARS

export interface Twin {
  readonly number: number
  readonly name: string
  /** In which calendars it is run. */
  readonly calendars: readonly Calendar[]
  /** Whether it is the calendar's own doing, so that there is no world without it. */
  readonly isOfCalendar: boolean
  /** Makes the change to the company's agents; answers whom and when it concerns. */
  readonly plan: (occasion: Occasion) => readonly Oddity[]
}

interface Occasion {
  readonly company: Company
  readonly rng: Random
  /** A Thursday, 9:00 UTC, in the first week that is judged. */
  readonly atMs: number
  readonly judgedMs: number
  readonly calendar: Calendar
}

const some = (
  { company: { population }, rng }: Occasion,
  count: number,
  suits: (agent: SimulatedAgent) => boolean = () => true,
): SimulatedAgent[] => rng.shuffle(population.filter(suits)).slice(0, count)

const plannedAt =
  (plan: Plan) =>
  ({ company: { population, setting }, rng, atMs }: Occasion): Oddity[] =>
    plan(population, { ...setting, workday: () => atMs }, rng)

/** A new version with a new model, together with the step that it brings. */
function deploy(occasion: Occasion): Oddity[] {
  const oddities = plannedAt(companyPlans.rollouts)(occasion)
  for (const agent of occasion.company.population) {
    const change = agent.changes.at(-1)
    if (change?.flow === undefined) continue
    const before = agent.releases.filter(({ fromMs }) => fromMs <= change.fromMs)
    const current = before.at(-1)!.agent
    const train = hash(agent.blueprint.name.length, before.length)
    const release = {
      fromMs: change.fromMs,
      userAgent: `${before.at(-1)!.userAgent.split('/')[0]}/${9 + (train % 9)}.0.0`,
      agent: {
        ...current,
        ...(current.version !== undefined && { version: `${9 + (train % 9)}.0.0` }),
        ...('model' in current && { model: `reasoner-${train % 9}-large` }),
      },
    }
    Object.assign(agent, { releases: [...before, release] })
  }
  return oddities
}

/** What the calendar brings to some agents, for some days. */
function calendarDays(
  { company: { population } }: Occasion,
  kind: string,
  startMs: number,
  days: number,
  concerns: (agent: SimulatedAgent) => boolean = () => true,
): Oddity[] {
  const agents = population.filter(concerns).map(({ id }) => id)
  return [{ kind, agents, startMs, endMs: startMs + days * DAY_MS }]
}

function shiftClocks(occasion: Occasion): Oddity[] {
  const zones: readonly Zone[] = ['Europe/Berlin']
  const sundayMs = occasion.judgedMs + 6 * DAY_MS
  return calendarDays(occasion, 'clock-change', sundayMs, 4, ({ zone }) => zones.includes(zone))
}

function skewClocks(occasion: Occasion): Oddity[] {
  const { rng, atMs } = occasion
  const skewMs = () => Math.round(rng.between(3, 20) * 60_000) * (rng.chance(0.5) ? 1 : -1)
  const change = () => ({ fromMs: atMs, toMs: atMs + 3 * DAY_MS, skewMs: skewMs() })
  return [impose('clock-skew', some(occasion, 6), change)]
}

function restFor(occasion: Occasion, fromMs: number, days: number, kind: string): Oddity[] {
  const toMs = fromMs + days * DAY_MS
  return [impose(kind, some(occasion, 5), { fromMs, toMs, rate: 0 })]
}

const rest = { calendars: ['ordinary'], isOfCalendar: false } as const

export const twins: readonly Twin[] = [
  { number: 1, name: 'approved-deploy', ...rest, plan: deploy },
  {
    number: 2,
    name: 'month-end',
    calendars: ['ordinary'],
    isOfCalendar: true,
    plan: (occasion) =>
      calendarDays(
        occasion,
        'month-end',
        Date.UTC(2026, 5, 29),
        3,
        ({ blueprint: { rhythm } }) =>
          rhythm.monthEnd !== undefined ||
          (rhythm.cron ?? []).some(({ every }) => every === 'month-end'),
      ),
  },
  {
    number: 3,
    name: 'clock-change',
    calendars: ['spring', 'autumn'],
    isOfCalendar: true,
    plan: shiftClocks,
  },
  {
    number: 4,
    name: 'weekend',
    calendars: ['ordinary'],
    isOfCalendar: true,
    plan: (occasion) => calendarDays(occasion, 'weekend', occasion.judgedMs + 5 * DAY_MS, 2),
  },
  {
    number: 5,
    name: 'approved-region',
    ...rest,
    plan: (occasion) => [
      ...some(occasion, 3, hasTravellers).map((agent) =>
        travel(agent, occasion.atMs, occasion.rng),
      ),
      ...plannedAt(companyPlans.egressMove)(occasion),
    ],
  },
  {
    number: 6,
    name: 'new-agent',
    ...rest,
    plan: (occasion) => {
      const { population, setting } = occasion.company
      return some(occasion, 3).map((peer, n) => bear(peer, n, occasion.atMs, population, setting))
    },
  },
  {
    number: 7,
    name: 'maintenance-window',
    ...rest,
    plan: (occasion) => restFor(occasion, occasion.atMs, 2, 'maintenance'),
  },
  { number: 8, name: 'late-backlog', ...rest, plan: plannedAt(companyPlans.lateCollector) },
  { number: 9, name: 'ingest-outage', ...rest, plan: plannedAt(companyPlans.ingestOutage) },
  { number: 10, name: 'duplicate-delivery', ...rest, plan: plannedAt(companyPlans.redelivery) },
  { number: 11, name: 'clock-skew', ...rest, plan: skewClocks },
  { number: 12, name: 'retry-storm', ...rest, plan: plannedAt(companyPlans.outage) },
  {
    number: 13,
    name: 'growth',
    ...rest,
    plan: (occasion) => {
      const { startMs, endMs } = occasion.company.setting
      return some(occasion, 5).map((agent) => grow(agent, startMs, endMs))
    },
  },
  {
    number: 14,
    name: 'migration',
    ...rest,
    plan: (occasion) =>
      some(occasion, 2, ({ blueprint: { name } }) => MIGRANTS.includes(name)).map((agent) =>
        migrate(agent, occasion.atMs, occasion.rng),
      ),
  },
  {
    number: 15,
    name: 'seasonal-dip',
    ...rest,
    plan: (occasion) => restFor(occasion, occasion.judgedMs - 8 * DAY_MS, 11, 'seasonal-dip'),
  },
  {
    number: 16,
    name: 'permission-removed',
    ...rest,
    plan: (occasion) =>
      some(occasion, 3).map((agent) => withdraw(agent, occasion.atMs, occasion.rng)),
  },
]

/** When plans begin: the Thursday of the first week judged, 9:00 UTC. */
export const plannedMs = (judgedMs: number): number => judgedMs + 3 * DAY_MS + 9 * HOUR_MS
