/**
 * Behaviour: how an agent's session looks beside what is usual for it, as one vector.
 *
 * A trait for every aspect of an event: the strongest finding of late in the session, which fades within
 * the hour. It is already relative to the agent's own baseline and calibrated, in nats, so that one
 * vector means the same of every agent, and a model of many agents can be a model of one.
 */
import { type Aspect, aspects } from '../detector.ts'

/** What is said of weeks, and what is asked of all the others together, is no trait of a session. */
const APART: readonly Aspect[] = ['habit', 'drift', 'combination']
export const traits: readonly Aspect[] = aspects.filter((aspect) => !APART.includes(aspect))

/** The behaviour of one agent at one moment, to be learned from. */
export interface Sample {
  readonly blueprint: string | undefined
  /** Names the agent and its day: what belongs together is learned from, or held back, as a whole. */
  readonly agentDay: string
  /** By trait, as `scaled` answers. */
  readonly values: Float32Array
}

/** Of stranger days nothing is learned: one in a thousand holds as much evidence. */
const TRUSTED_TAIL = 1e-3

/**
 * Whether what was found around an event is to be learned from: something was, and its day is not so
 * strange that it is likelier an attack than honest. Labels there are none.
 */
export function isTelling(findings: ArrayLike<number>, dayTail: number): boolean {
  return findings.length > 0 && dayTail > TRUSTED_TAIL
}

/**
 * A finding on the scale that models are fitted on. The root brings the tail closer: twenty nats are
 * stranger than ten, not twice as strange.
 */
export function scaled(nats: number): number {
  return Math.sqrt(nats)
}

/** Findings by aspect as values by trait; traits come first among the aspects. */
export function valuesOf(findings: ArrayLike<number>): Float32Array {
  return Float32Array.from(traits, (_, trait) => scaled(findings[trait] ?? 0))
}
