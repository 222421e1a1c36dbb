/**
 * Forward decay: what is remembered fades by half every `HALF_LIFE_MS`.
 *
 * A weight is multiplied by a gain that grows with the event's own time and is divided by the gain
 * of the moment it is read. So nothing has to be touched while time goes by, late events count as
 * if they had come on time, and memories with different landmarks can be joined.
 *
 * Source    Cormode, Shkapenyuk, Srivastava, Xu (2009), "Forward Decay", ICDE.
 */

/** Three weeks: a new habit outweighs the old one within a month, a month end is still remembered. */
export const HALF_LIFE_MS = 21 * 24 * 3_600_000

/**
 * Landmarks lie this many half-lives apart: within a stretch weights grow by 2³², which a float32
 * bears, and moving to the next landmark scales by an exact power of two.
 */
const HALF_LIVES_PER_STRETCH = 32
const STRETCH_MS = HALF_LIVES_PER_STRETCH * HALF_LIFE_MS

/** An event older than 64 half-lives before the landmark weighs no less: nothing divides by zero. */
const GAIN_MIN = 2 ** -64

/** Which stretch between two landmarks a moment lies in. */
export function stretchOf(atMs: number): number {
  return Math.floor(atMs / STRETCH_MS)
}

/** By how much an event at `atMs` weighs more than one at the landmark of the stretch. */
export function gainAt(atMs: number, stretch: number): number {
  return Math.max(2 ** ((atMs - stretch * STRETCH_MS) / HALF_LIFE_MS), GAIN_MIN)
}

/** What weights are multiplied by when their landmark moves on by so many stretches. */
export function rescale(stretches: number): number {
  return 2 ** (-HALF_LIVES_PER_STRETCH * stretches)
}

/** The share that is left after `elapsedMs`, in (0, 1]; 1 where no time has gone by. */
export function fade(elapsedMs: number, halfLifeMs: number): number {
  return elapsedMs <= 0 ? 1 : 2 ** (-elapsedMs / halfLifeMs)
}
