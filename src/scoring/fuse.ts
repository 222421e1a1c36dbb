/**
 * Fuse: many findings about one event, and about what went before it, become one number.
 *
 * Each finding counts by its own surprise, −ln p. Of the findings about one aspect of the event only
 * the strongest counts: they are one fact seen from several sides. Aspects are joined by a power mean
 * that lies between the largest and the sum, so that one overwhelming finding speaks alone and
 * several moderate ones add up. What comes out is calibrated like any other answer.
 *
 * Source    Vovk, Wang (2020), "Combining p-values via averaging", Biometrika, for means of dependent
 *           p-values.
 * Departs   The mean is taken of surprises, not p-values, and its level comes from calibration.
 */
import { MINUTE_MS } from '../agent/context.ts'
import { aspects } from '../detectors/detector.ts'
import { detectors } from '../detectors/index.ts'
import { fade } from '../math/decay.ts'

/** 1 would add surprises up, infinity keep the largest. */
const POWER = 2
/** Surprise an event must exceed to be strange, in nats: one event in twenty does. */
const ALLOWANCE = 3

/** How much an earlier finding of the session counts beside the event's own. */
const CARRIED_SHARE = 0.5
/** An earlier finding of the session counts half of that after this time. */
const FINDING_HALF_LIFE_MS = 30 * MINUTE_MS
/** Findings below this, in nats, are forgotten. */
const FINDING_MIN = 0.5
const NOTHING = new Float64Array(0)

const aspectOf = Uint8Array.from(detectors, ({ aspect }) => aspects.indexOf(aspect))
const strongest = new Float64Array(aspects.length)

/** The joint surprise of one event's findings, in nats; `weights` say how far each can matter. */
export function joint(surprises: Float64Array, weights: Float64Array): number {
  strongest.fill(0)
  keepStrongest(strongest, surprises, weights)
  return powerMean(strongest)
}

/**
 * The joint surprise of all that was found in a session so far, in nats: what one event shows of one
 * aspect and another of another belongs together. Answers the findings with this event's among them.
 */
export function sessionFindings(
  before: Float64Array,
  elapsedMs: number,
  surprises: Float64Array,
): { findings: Float64Array; nats: number } {
  strongest.fill(0)
  const kept = CARRIED_SHARE * fade(elapsedMs, FINDING_HALF_LIFE_MS)
  for (let aspect = 0; aspect < before.length; aspect++) {
    const finding = before[aspect]! * kept
    strongest[aspect] = finding < FINDING_MIN ? 0 : finding
  }
  keepStrongest(strongest, surprises)
  const isNothing = strongest.every((finding) => finding === 0)
  return { findings: isNothing ? NOTHING : strongest.slice(), nats: powerMean(strongest) }
}

function keepStrongest(into: Float64Array, surprises: Float64Array, weights?: Float64Array): void {
  for (let at = 0; at < surprises.length; at++) {
    const surprise = weights === undefined ? surprises[at]! : surprises[at]! * weights[at]!
    if (surprise > into[aspectOf[at]!]!) into[aspectOf[at]!] = surprise
  }
}

/** An event's surprise and that of what has gathered before it, together. */
export function together(event: number, gathered: number): number {
  return (event ** POWER + gathered ** POWER) ** (1 / POWER)
}

/** What an event of this surprise adds to what gathers over its session and its day, in nats. */
export function strangenessOf(surprise: number): number {
  return Math.max(0, surprise - ALLOWANCE)
}

function powerMean(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value ** POWER
  return sum ** (1 / POWER)
}
