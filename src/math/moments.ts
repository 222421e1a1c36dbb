/**
 * Moments: weight, mean and spread of a number, kept so that they can fade and be joined; and how
 * surprising the next value is, when few have been seen.
 *
 * Source    West (1979), "Updating mean and variance estimates", CACM; Chan, Golub, LeVeque (1979)
 *           for joining two; Murphy (2007), "Conjugate Bayesian analysis of the Gaussian
 *           distribution", section 3: the Normal-inverse-gamma predictive is a Student t.
 * Departs   The surprise leaves out the t density's normalising constant: calibration reads every
 *           surprise against its own past, to which a constant means nothing.
 */

import { type Bits, putBits, putFloat, takeBits, takeFloat } from './bits.ts'

/** `[weight, mean, sum of squared deviations, largest]` at four places from an offset. */
export type Moments = Float32Array
export const MOMENTS_SIZE = 4

/** How fast the chance of a new record falls with its margin, per unit of the value: heavy tails. */
const RECORD_INDEX = 2
/** A little less than the logarithm of 2. */
const LOG_2_BELOW = 0.69
/** A little more, and up to where the bits of an integer are looked at. */
const LOG_2_ABOVE = 0.694
const BITS_BELOW = 2 ** 31
/** A record by less than a twentieth is none. */
const RECORD_MARGIN = 0.05
/** How many earlier values the prior mean and the prior spread count for. */
const PRIOR_MEAN_WEIGHT = 2
const PRIOR_SPREAD_WEIGHT = 3

export interface Prior {
  mean: number
  variance: number
}

export function addMoment(moments: Moments, offset: number, value: number, weight: number): void {
  const total = moments[offset]! + weight
  const mean = moments[offset + 1]!
  const nextMean = mean + (weight / total) * (value - mean)
  moments[offset] = total
  moments[offset + 1] = nextMean
  moments[offset + 2] = moments[offset + 2]! + weight * (value - mean) * (value - nextMean)
  if (value > moments[offset + 3]!) moments[offset + 3] = value
}

/** Takes the values behind `from` into `into`; the two have the same landmark. */
export function mergeMoments(into: Moments, from: Moments): void {
  for (let offset = 0; offset < into.length; offset += MOMENTS_SIZE) {
    const left = into[offset]!
    const right = from[offset]!
    if (right === 0) continue
    const total = left + right
    const apart = from[offset + 1]! - into[offset + 1]!
    into[offset] = total
    into[offset + 1] = into[offset + 1]! + (apart * right) / total
    into[offset + 2] =
      into[offset + 2]! + from[offset + 2]! + (apart * apart * left * right) / total
    into[offset + 3] = Math.max(into[offset + 3]!, from[offset + 3]!)
  }
}

/** Moves the landmark: weights shrink, mean and largest stay. */
export function scaleMoments(moments: Moments, factor: number): void {
  for (let offset = 0; offset < moments.length; offset += MOMENTS_SIZE) {
    moments[offset] = moments[offset]! * factor
    moments[offset + 2] = moments[offset + 2]! * factor
  }
}

/** The mean an agent's next value is expected around, leaning on its peers' while few are known. */
export function expectedMean(own: Moments, peers: Moments, offset: number, gain: number): number {
  const weight = own[offset]! / gain
  const mean = weight * own[offset + 1]! + PRIOR_MEAN_WEIGHT * peers[offset + 1]!
  return mean / (weight + PRIOR_MEAN_WEIGHT)
}

/**
 * Whether a total, of which the logarithm of one more is kept, is so far below the largest so far that
 * its bits tell it: most are, and need no logarithm.
 */
export function isFarBelow(moments: Moments, offset: number, total: number): boolean {
  return total < BITS_BELOW && LOG_2_ABOVE * (32 - Math.clz32(total + 1)) <= moments[offset + 3]!
}

/** Whether a logarithm exceeds the largest so far by enough to be asked about. */
export function isRecord(moments: Moments, offset: number, value: number): boolean {
  return value > moments[offset + 3]! + RECORD_MARGIN
}

/**
 * How much a record matters, in [0, 1], for logarithms of it and of the largest so far: in full when it
 * exceeds that by `full`, unless said otherwise twice as much. Where records are rare, one that is
 * barely broken is as rare as any, and of less concern.
 */
export function excess(value: number, largest: number, full: number = Math.LN2): number {
  return Math.min(1, Math.max(0, (value - largest) / full))
}

/** What a group's values say to expect of a member not yet known; `fallback` fills in for few. */
export function priorFrom(
  moments: Moments,
  offset: number,
  gain: number,
  fallback: Prior,
  into: Prior,
): Prior {
  const weight = moments[offset]! / gain
  const meanWeight = PRIOR_MEAN_WEIGHT + weight
  const apart = moments[offset + 1]! - fallback.mean
  into.mean = fallback.mean + (apart * weight) / meanWeight
  into.variance =
    (PRIOR_SPREAD_WEIGHT * fallback.variance +
      moments[offset + 2]! / gain +
      (PRIOR_MEAN_WEIGHT * weight * apart * apart) / meanWeight) /
    (PRIOR_SPREAD_WEIGHT + weight)
  return into
}

/**
 * How surprising a value at least this large is, in nats, 0 where it is below what is expected.
 *
 * `deviationMin` is the smallest spread believed in: an agent that has always done exactly the
 * same may still do a little more. And whatever the spread says, n values hold a record that the
 * next one breaks once in n + 1 times; by how far, a heavy tail says.
 */
export function upperSurprise(
  moments: Moments,
  offset: number,
  gain: number,
  prior: Prior,
  value: number,
  deviationMin: number,
): number {
  const weight = moments[offset]! / gain
  const meanWeight = PRIOR_MEAN_WEIGHT + weight
  const apart = moments[offset + 1]! - prior.mean
  const mean = prior.mean + (apart * weight) / meanWeight
  if (value <= mean) return 0
  const degrees = PRIOR_SPREAD_WEIGHT + weight
  const spread =
    (PRIOR_SPREAD_WEIGHT * prior.variance +
      moments[offset + 2]! / gain +
      (PRIOR_MEAN_WEIGHT * weight * apart * apart) / meanWeight) /
    degrees
  const variance = Math.max(spread * (1 + 1 / meanWeight), deviationMin * deviationMin)
  const squared = ((value - mean) * (value - mean)) / variance
  const nats = ((degrees + 1) / 2) * Math.log1p(squared / degrees)
  // Most are small: the bound is worked out only where it may bind, whatever the margin.
  if (nats <= LOG_2_BELOW * (31 - Math.clz32(weight + 1))) return nats
  const beyond = value - moments[offset + 3]!
  const bound = Math.log1p(weight) + (beyond > 0 ? RECORD_INDEX * beyond : 0)
  return Math.min(nats, bound)
}

/** Writes moments that lie next to one another: of many that weigh the same, the weight once. */
export function putMoments(bits: Bits, moments: Moments): void {
  let before = 0
  for (let offset = 0; offset < moments.length; offset += MOMENTS_SIZE) {
    const weight = moments[offset]!
    putBits(bits, weight === before ? 1 : 0, 1)
    if (weight !== before) putFloat(bits, weight)
    before = weight
    const isBlank = moments
      .subarray(offset + 1, offset + MOMENTS_SIZE)
      .every((value) => value === 0)
    putBits(bits, isBlank ? 0 : 1, 1)
    if (isBlank) continue
    for (let at = 1; at < MOMENTS_SIZE; at++) {
      const value = moments[offset + at]!
      putBits(bits, value === 0 ? 0 : 1, 1)
      if (value !== 0) putFloat(bits, value)
    }
  }
}

/** Reads what `putMoments` wrote, so many numbers. */
export function takeMoments(bits: Bits, length: number): Moments {
  const moments = new Float32Array(length)
  let weight = 0
  for (let offset = 0; offset < length; offset += MOMENTS_SIZE) {
    if (takeBits(bits, 1) === 0) weight = takeFloat(bits)
    moments[offset] = weight
    if (takeBits(bits, 1) === 0) continue
    for (let at = 1; at < MOMENTS_SIZE; at++) {
      if (takeBits(bits, 1) === 1) moments[offset + at] = takeFloat(bits)
    }
  }
  return moments
}
