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
import { aspects } from '../detectors/detector.ts'
import { detectors } from '../detectors/index.ts'

/** 1 would add surprises up, infinity keep the largest. */
const POWER = Number(process.env.POW ?? 2)
/** Surprise an event must exceed to be strange, in nats: one event in twenty does. */
const ALLOWANCE = 3

const aspectOf = Uint8Array.from(detectors, ({ aspect }) => aspects.indexOf(aspect))
const strongest = new Float64Array(aspects.length)

/** The joint surprise of findings by detector, in nats; `weights` say how far each can matter. */
export function joint(surprises: Float64Array, weights: Float64Array): number {
  strongest.fill(0)
  for (let at = 0; at < surprises.length; at++) {
    const surprise = surprises[at]! * weights[at]!
    if (surprise > strongest[aspectOf[at]!]!) strongest[aspectOf[at]!] = surprise
  }
  return powerMean(strongest)
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
