/** Twins: sixteen honest changes that look like attacks. Most are oddities of generated tenants. */
import {
  bear,
  grow,
  hasTravellers,
  MIGRANTS,
  migrate,
  travel,
  withdraw,
} from '../simulate/agent-oddities.ts'
import { DAY_MS, HOUR_MS } from '../simulate/clock.ts'
import { companyPlans } from '../simulate/company-oddities.ts'
import type { Oddity } from '../simulate/impose.ts'
import {
  calendarDays,
  deploy,
  type Occasion,
  plannedAt,
  restFor,
  shiftClocks,
  skewClocks,
  some,
} from './twin-plans.ts'

/**
 * The days that a background is judged from: an ordinary time, and those before the clocks change, in
 * America and in Europe, in weeks without the end of a month.
 */
export const CALENDARS = {
  ordinary: '2026-06-15',
  spring: '2026-03-02',
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
