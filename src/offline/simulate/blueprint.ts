/** Blueprint: a kind of agent, and all that its members have in common. */
import type { Area } from './areas.ts'
import type { Zone } from './clock.ts'
import type { NewStep } from './flows.ts'
import type { OriginPlan } from './origins.ts'
import type { Platform } from './platform.ts'

/** A log-normal amount: its median, and the standard deviation of its logarithm. */
export type Amount = readonly [median: number, sigma: number]

/** One thing done, and what may follow it. */
export interface Step {
  readonly action: string
  /** A key of the blueprint's areas. `agents` is the area of the agents it calls. */
  readonly area: string
  /** Goes on with what this area gave earlier in the session. */
  readonly same?: boolean
  readonly bytes?: Amount
  readonly records?: Amount
  /** Seconds since the step before; machines take a median of 1.5, people 25. */
  readonly gapS?: Amount
  /** Probability of a failure; about half of them are tried again. */
  readonly failure?: number
  /** Probability of being turned away. */
  readonly denied?: number
  readonly scope?: string
  /** Weights of what follows; `end` ends the session. */
  readonly next: Readonly<Record<string, number>>
}

export interface Workflow {
  readonly start: Readonly<Record<string, number>>
  readonly steps: Readonly<Record<string, Step>>
  /** Longest session, in steps: no run goes on for ever. */
  readonly lengthMax: number
}

/** When sessions begin. What is given is added up: an agent may poll and also answer prompts. */
export interface Rhythm {
  /** Sessions on a usual working day, median over agents. */
  readonly perDay?: number
  /** Spread over agents of `perDay` (standard deviation of its logarithm). @default 0.75 */
  readonly spread?: number
  /** @default office */
  readonly hours?: 'office' | 'diurnal' | 'flat'
  /** Weight of Saturday and Sunday against a weekday. @default 0.05 */
  readonly weekend?: number
  /** Weight of a public holiday. @default 0.1 */
  readonly holiday?: number
  /** Factor on the last two and the first working day of a month. @default 1 */
  readonly monthEnd?: number
  /** Sessions come in clusters: how many clusters a week, sessions in each, and its hours. */
  readonly bursts?: {
    readonly perWeek: number
    readonly sessions: Amount
    readonly lengthH: Amount
  }
  /** Asks again and again, around the clock; the interval is drawn once per agent. */
  readonly pollS?: Amount
  readonly cron?: readonly CronPlan[]
  /** Runs when another agent calls it. */
  readonly called?: boolean
}

/** A timetable; the minute, and unless given the hour, is drawn once per agent. */
export interface CronPlan {
  readonly every: 'hour' | 'workday' | 'day' | 'week' | 'month-end'
  readonly hours?: readonly number[]
  /** Sessions started by one firing; each begins a little after the one before. */
  readonly sessions?: number
  /** Probability that an agent has this line in its timetable. @default 1 */
  readonly share?: number
}

export type TriggerKind = 'schedule' | 'prompt' | 'event' | 'agent'

export interface Blueprint {
  readonly name: string
  /** Its share of the company's agents, as a weight; a blueprint has at least one. */
  readonly weight: number
  readonly platform: Platform
  readonly zones: readonly Zone[]
  readonly rhythm: Rhythm
  readonly flow: Workflow
  readonly areas: Readonly<Record<string, Area>>
  readonly origin: OriginPlan
  readonly trigger?: TriggerKind
  /** Whom it acts for: a team it serves, one person, or nobody. @default nobody */
  readonly people?: 'team' | 'one'
  readonly models?: readonly string[]
  readonly granted: readonly string[]
  readonly purpose: { readonly actions: readonly string[]; readonly resources: readonly string[] }
  readonly criticality: 'low' | 'medium' | 'high'
  /** Whether it keeps systems running, and may be sent on privileged errands. @default false */
  readonly runsSystems?: boolean
  /** What its next release brings, for roll-outs. */
  readonly release?: NewStep
}
