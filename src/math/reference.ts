/**
 * Reference: a slow, robust mean and spread that nobody can move faster than a known rate, and the sum
 * of how far what came since lies from it.
 *
 * A value counts for no more than `DEVIATION_MAX` spreads from the mean, so that one day moves the mean
 * of n days by at most `DEVIATION_MAX` spreads / (n + 1), whatever the day was. Deviations beyond an
 * allowance add up; a drift far too slow to be seen in any one value is seen in their sum.
 *
 * Source    Page (1954), "Continuous inspection schemes", Biometrika, for the sum; Huber (1964), "Robust
 *           estimation of a location parameter", Annals of Mathematical Statistics, for the limit.
 * Departs   The reference goes on learning, slowly. A sum that has told all there is to tell starts anew
 *           beside a reference that is unsure again: what goes on becomes normal after it was reported.
 */

/** `[weight, mean, sum of squared deviations]` at three places from an offset. */
export type Reference = Float32Array
export const REFERENCE_SIZE = 3

/** Spreads from the mean beyond which a value counts no further. */
export const DEVIATION_MAX = 3
/** Spreads that a value may lie above the mean without adding to the sum: half of the least shift looked for. */
export const ALLOWANCE = 0.5
/** The sum up to which nothing is said: one that nothing drives is beyond in one of twenty. */
export const QUIET_SUM = 3
/** The sum at which a drift has been told: it is the new normal from then on. */
export const TOLD_SUM = 16

/** Variance supposed before anything is known, in squared logarithms, and the values it counts for. */
const PRIOR_VARIANCE = 0.25
const PRIOR_STRENGTH = 3
/** The least spread believed in: one who always did the same may do a sixth more. */
const SPREAD_MIN = 0.15
/** What is left of a reference's weight once a drift from it has been told, in values. */
const UNSURE_WEIGHT = 2

/** The spread that the next value is expected with, in its own unit, > 0. */
export function spreadOf(reference: Reference, offset: number, gain: number): number {
  const weight = reference[offset]! / gain
  const squares = PRIOR_STRENGTH * PRIOR_VARIANCE + reference[offset + 2]! / gain
  const variance = (squares / (PRIOR_STRENGTH + weight)) * (1 + 1 / (1 + weight))
  return Math.max(Math.sqrt(variance), SPREAD_MIN)
}

/** By how many spreads a value lies above what is expected, in [−`DEVIATION_MAX`, `DEVIATION_MAX`]. */
export function deviationOf(value: number, expected: number, spread: number): number {
  return Math.min(Math.max((value - expected) / spread, -DEVIATION_MAX), DEVIATION_MAX)
}

/** Takes a value in, as far from the mean as it counts at most. */
export function learnValue(
  reference: Reference,
  offset: number,
  value: number,
  weight: number,
  gain: number,
): void {
  const before = reference[offset]!
  const total = before + weight
  const mean = reference[offset + 1]!
  const spread = spreadOf(reference, offset, gain)
  const apart = before === 0 ? value : deviationOf(value, mean, spread) * spread
  const step = (weight / total) * apart
  reference[offset] = total
  reference[offset + 1] = mean + step
  if (before === 0) return
  reference[offset + 2] = reference[offset + 2]! + weight * apart * (apart - step)
}

/** Takes the values behind `from` into `into`; the two have the same landmark. */
export function mergeReference(into: Reference, from: Reference, offset: number): void {
  const left = into[offset]!
  const right = from[offset]!
  if (right === 0) return
  const total = left + right
  const apart = from[offset + 1]! - into[offset + 1]!
  into[offset] = total
  into[offset + 1] = into[offset + 1]! + (apart * right) / total
  into[offset + 2] =
    into[offset + 2]! +
    from[offset + 2]! +
    (left === 0 ? 0 : (apart * apart * left * right) / total)
}

/** Makes a reference unsure of itself: it follows what comes next within days. */
export function unsettle(reference: Reference, offset: number, gain: number): void {
  const weight = reference[offset]!
  if (weight <= UNSURE_WEIGHT * gain) return
  const share = (UNSURE_WEIGHT * gain) / weight
  reference[offset] = weight * share
  reference[offset + 2] = reference[offset + 2]! * share
}

/** The sum after another deviation, ≥ 0. */
export function nextSum(sum: number, deviation: number): number {
  return Math.max(0, sum + deviation - ALLOWANCE)
}
