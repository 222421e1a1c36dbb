import type { RegisteredAgent, Registry } from '../agent/registry.ts'
import type { FacetReading } from '../baselines/facet.ts'
import type { Readings } from '../baselines/index.ts'
import type { Event } from '../event/event.ts'
import type { Model } from './autoencoder/model.ts'
import type { Supposition } from './supposition.ts'

/** What is known of the event's agent itself, and the registry's word on it where there is one. */
export interface Standing {
  registry: Registry | undefined
  registered: RegisteredAgent | undefined
  /** Another registered agent that this one may be mistaken for. */
  double: string | undefined
  /** How many events of the agent came before. */
  events: number
  /** How many agents the tenant has, and how many of them are strange to its registry. */
  population: Population
  /** What was found in its session of late, by aspect in nats; empty where nothing was. */
  findings: Float64Array
  /** What knows how findings go together; undefined where there is no such model. */
  model: Model | undefined
  /** Whether it is back at a new place that it has for itself. */
  lone: Lone
  /** Whether it takes up what agents of other kinds take up at the same time. */
  shared: Shared
}

/** An agent back at a place that it took up of late and that nobody else of its tenant uses. */
export interface Lone {
  /** How surprising, in nats; 0 where it is at none. */
  readonly nats: number
  /** On how many days it was there, and since when. */
  readonly days: number
  readonly firstMs: number
}
export const NOT_LONE: Lone = { nats: 0, days: 0, firstMs: 0 }

/** An agent at a place that is new to it, and that was new to agents of other blueprints of late. */
export interface Shared {
  /** How surprising, in nats; 0 where it is at none. */
  readonly nats: number
  /** How many other blueprints took it up today and the day before. */
  readonly kinds: number
}
export const NOT_SHARED: Shared = { nats: 0, kinds: 0 }

/** The agents of a tenant, as far as they have been active. */
export interface Population {
  agents: number
  unregistered: number
  /** Registered, but as retired or disabled. */
  outOfService: number
  /** Whose ids read like that of another agent in the registry. */
  lookAlikes: number
}

/**
 * What of an event a detector looks at. Detectors of one aspect look at the same fact from several
 * sides, so that only the strongest of their answers counts.
 */
export const aspects = [
  'time',
  'silence',
  'volume',
  'amount',
  'call',
  'duration',
  'repetition',
  'outcome',
  'place',
  'deed',
  'use',
  'course',
  'cause',
  'authority',
  'origin',
  'client',
  'destination',
  'flow',
  'unheard deed',
  'unheard step',
  'unheard place',
  'unheard origin',
  'identity',
  'purpose',
  'habit',
  'drift',
  'combination', // these three last, so that those before them are what is combined
] as const
export type Aspect = (typeof aspects)[number]

/**
 * A detector asks one question of the readings: how surprising the event would be if its agent were
 * behaving as usual.
 *
 * It has no memory and no threshold. What it must know, a baseline has learned; what its answer is
 * worth, scoring/ reads off the detector's own past answers.
 */
export interface Detector {
  readonly name: string
  readonly aspect: Aspect
  /** What an analyst would call it, after "the agent": 'worked outside its hours'. */
  readonly title: string
  /**
   * The facets it looks at, where its answer is never more than the most surprising of them: in the
   * tenant, if it compares with the tenant. Where none of them is worth an answer it is not asked.
   */
  readonly facets?: (readings: Readings) => readonly FacetReading[]
  /** Surprise in nats, ≥ 0. Undefined when it cannot tell, which is not the same as nothing odd. */
  judge(readings: Readings, event: Event, standing: Standing): number | undefined
  /** The answer is −ln P(an agent-day with such an answer) and needs no calibration. @default false */
  readonly isOfDay?: boolean
  /**
   * The answer compares with the whole tenant, so that the tenant's days tell what it is worth, and a
   * busy agent has no more chances to it. @default false
   */
  readonly isOfTenant?: boolean
  /**
   * It is asked last, about what all others found in the session of late, where the event itself is odd.
   * The tenant's days tell what its answer is worth; the event's own p is left as it is. @default false
   */
  readonly isOfSession?: boolean
  /** How much the answer can matter for this agent, in [0, 1]; 1 where it does not say. */
  readonly relevance?: (readings: Readings) => number
  /** Expected against seen, as an analyst would check it. Asked only where it is shown. */
  explain(readings: Readings, event: Event, standing: Standing): Evidence
  /**
   * What it would take for the finding to fall away, the likeliest first. Asked only where an alert is
   * told. @default that the facets it looks at were usual
   */
  readonly suppositions?: (
    readings: Readings,
    event: Event,
    standing: Standing,
  ) => readonly Supposition[]
}

export interface Evidence {
  readonly expected: string
  readonly seen: string
  /** The same in numbers, where there are any. */
  readonly measured?: Measured
}

/** What was counted, beside what is usual; of the past where it is known. */
export interface Measured {
  /** 'records', 'bytes', 'minutes'. */
  readonly unit: string
  readonly seen: number
  /** The typical amount, a mean on a logarithmic scale. */
  readonly usual?: number
  readonly largest?: number
  /** Over what it was counted: 'hour', 'session', 'call'. */
  readonly over: string
}
