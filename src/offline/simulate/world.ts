/** World: the simulated company, fixed before the first event is made. */
import type { Random } from '../../math/random.ts'
import type { Area } from './areas.ts'
import type { Amount, Blueprint, CronPlan } from './blueprint.ts'
import type { Zone } from './clock.ts'
import type { Habits } from './flows.ts'
import type { Field } from './platform.ts'

export interface World {
  readonly seed: number
  /** Written into every event when given. */
  readonly tenant: string | undefined
  readonly startMs: number
  readonly endMs: number
  /** Factor on how often everything happens. */
  readonly pace: number
  readonly people: readonly Person[]
  readonly agents: readonly SimulatedAgent[]
  readonly rng: Random
}

export interface Person {
  readonly name: string
  readonly zone: Zone
  readonly country: string
  /** Their number: seed of where they sit and when. */
  readonly key: number
  /** Local hours, with fractions. */
  readonly startHour: number
  readonly endHour: number
  /** First and last local day off, both included. */
  readonly vacation?: readonly [firstDay: number, lastDay: number]
}

export interface SimulatedAgent {
  readonly index: number
  readonly id: string
  readonly name: string
  readonly blueprint: Blueprint
  readonly sponsor: string
  readonly zone: Zone
  readonly country: string
  readonly key: number
  readonly rng: Random
  /** Sessions on a usual working day. */
  readonly perDay: number
  /** Weight of each local hour; the mean is 1. */
  readonly hourWeights: readonly number[]
  /** Spread of its days around the usual (standard deviation of the logarithm). */
  readonly daySigma: number
  readonly volumeFactor: number
  readonly flow: Flow
  /** What its flow was made from, for making another. */
  readonly areas: Readonly<Record<string, Area>>
  readonly habits: Habits
  /** Indices into the people it acts for; the first are the most frequent. */
  readonly people: readonly number[]
  readonly bornMs: number
  readonly retiredMs: number
  readonly releases: readonly Release[]
  /** How far its clock is ahead. */
  readonly skewMs: number
  readonly cron: readonly CronLine[]
  readonly poll: { readonly everyMs: number; readonly phaseMs: number } | undefined
  readonly bursts: readonly Burst[]
  readonly asides: { readonly perDay: number; readonly flow: Flow }
  readonly callers: readonly SimulatedAgent[]
  readonly calls: readonly SimulatedAgent[]
  readonly shows: Readonly<Record<Field, boolean>>
  /** What is different for a time; filled by the oddities. */
  readonly changes: Change[]
}

export interface Release {
  readonly fromMs: number
  readonly userAgent: string
  /** The `agent` field of its events from then on, already without what its platform omits. */
  readonly agent: { id: string; name?: string; blueprint?: string; version?: string }
}

export interface CronLine {
  readonly every: CronPlan['every']
  readonly zone: Zone
  readonly minute: number
  readonly weekday: number
  readonly sessions: number
  readonly id: string
}

export interface Burst {
  readonly startMs: number
  readonly endMs: number
  readonly perHour: number
}

/** Something honest that is out of the ordinary for one agent, for a time or for good. */
export interface Change {
  readonly fromMs: number
  readonly toMs: number
  /** Factor on how often sessions begin. */
  readonly rate?: number
  readonly volume?: number
  /** Probability that a step fails. */
  readonly failing?: number
  readonly error?: string
  /** The egress addresses are the next ones from then on. */
  readonly moved?: true
  readonly flow?: Flow
  readonly people?: readonly number[]
  /** A desk in this country is where its requests come from. */
  readonly abroad?: string
  /** Half of its sessions are set off by hand, the rest do not say by what. */
  readonly byHand?: boolean
  /** Actions that its permissions no longer cover. */
  readonly barred?: ReadonlySet<string>
  /** Sessions of another kind beside the usual: how many a day, around the clock or in its hours. */
  readonly extra?: { readonly perDay: number; readonly flow: Flow; readonly allDay: boolean }
  /** What happens meanwhile is shipped only at its end. */
  readonly held?: true
  /** Probability that an event is delivered a second time. */
  readonly twice?: number
  /** How much further ahead its clock is. */
  readonly skewMs?: number
}

/** A workflow with one agent's own habits. */
export interface Flow {
  readonly lengthMax: number
  readonly starts: readonly number[]
  readonly startWeights: readonly number[]
  readonly steps: readonly FlowStep[]
}

export interface FlowStep {
  readonly action: string
  readonly area: Area
  /** Which area it is, within the flow. */
  readonly place: number
  readonly isSame: boolean
  readonly bytes: Amount | undefined
  readonly records: Amount | undefined
  readonly gapS: Amount
  readonly failure: number
  readonly denied: number
  readonly scope: string | undefined
  /** Indices of steps; −1 ends the session. */
  readonly next: readonly number[]
  readonly weights: readonly number[]
}
