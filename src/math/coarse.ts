/**
 * Coarse: weights kept to 9 significant bits, or 17, so that they rest in half the room.
 *
 * A weight between two steps goes up as often as it lies near the upper one: what is added little by
 * little is counted in full on average, though each addition may be less than a step. Which way it goes
 * follows from what is at hand, so that the same events give the same weights everywhere.
 *
 * Source    Morris (1978), "Counting large numbers of events in small registers", CACM; Flajolet (1985),
 *           "Approximate counting: a detailed analysis", BIT.
 * Departs   Steps are those of a float32 with 8 or 16 bits behind its point, and its chance is a hash.
 * Cost      However much it has counted, a weight is off by 4 %, a fine one by 0.3 % (one standard
 *           deviation); O(1).
 */

/** Low bits of a float32 that a coarse weight leaves 0, and a fine one. */
export const COARSE_DROPPED = 15
export const FINE_DROPPED = 7

// One float and its bits; one double and its two halves.
const float = new Float32Array(1)
const floatBits = new Int32Array(float.buffer)
const double = new Float64Array(1)
const doubleBits = new Int32Array(double.buffer)

/**
 * A weight ≥ 0 as one of the steps next to it. `clock` is any number that is another at each addition,
 * as the total that the weight is a part of; `salt` tells apart those that share a clock.
 */
export function coarse(weight: number, clock: number, salt: number): number {
  return stepped(weight, clock, salt, COARSE_DROPPED)
}

/** The same with steps that are finer by a 256th: of counts that others are compared with. */
export function fine(weight: number, clock: number, salt: number): number {
  return stepped(weight, clock, salt, FINE_DROPPED)
}

function stepped(weight: number, clock: number, salt: number, dropped: number): number {
  float[0] = weight
  const bits = floatBits[0]!
  const step = 1 << dropped
  const beyond = bits & (step - 1)
  if (beyond === 0) return float[0]!
  double[0] = clock
  let chance = Math.imul(doubleBits[0]! ^ Math.imul(salt, 0x9e3779b1), 0x85ebca6b) ^ doubleBits[1]!
  chance = Math.imul(chance ^ (chance >>> 15), 0xc2b2ae35)
  floatBits[0] = bits - beyond + (chance >>> (32 - dropped) < beyond ? step : 0)
  return float[0]!
}
