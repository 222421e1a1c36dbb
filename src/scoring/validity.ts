/**
 * Validity: whether the promise of the alert budget holds of late, by the agent-days that have ended.
 *
 * The tail of a day is uniform where calibration holds: one day in ten has one of a tenth or less. So
 * many days as were met are compared with so many as were promised. A tail this large is reached by
 * ordinary days alone, so that attacks, which are few, do not look like a broken promise.
 * Source    Gibbs, Candès (2021), "Adaptive Conformal Inference Under Distribution Shift", NeurIPS, for
 *           watching coverage online; the interval is Wilson's (1927), JASA.
 * Cost      Two numbers a tenant; O(1) an agent-day.
 * Blind to  Tails too far out to be met in some hundreds of days.
 */

/** The tail that is watched. */
export const WATCHED_TAIL = 0.1
/** So many agent-days ago a day counts half: what was wrong last month may be right by now. */
const HALF_LIFE_DAYS = 1_000
const KEPT = 0.5 ** (1 / HALF_LIFE_DAYS)
/** Fewer agent-days say nothing. */
const DAYS_MIN = 200
/** Standard deviations of the interval: once in a thousand it misses what is true. */
const DEVIATIONS = 3.29
/** How far the share may be off before the promise is called broken. */
const FACTOR = 1.5

/** Faded numbers of agent-days: all, and those at or below the watched tail. */
export interface Validity {
  days: number
  odd: number
}

export interface Validation {
  /** Agent-days behind it, faded. */
  readonly agentDays: number
  /** Share of agent-days at or below the watched tail: as promised, and as met, in [0, 1]. */
  readonly promised: number
  readonly met: number
  /** Undefined while too few days have ended to tell. */
  readonly holds: boolean | undefined
}

export const blankValidity = (): Validity => ({ days: 0, odd: 0 })

/** Takes in an agent-day that has ended, by its lowest tail, in (0, 1]. */
export function addDay(validity: Validity, tail: number): void {
  validity.days = validity.days * KEPT + 1
  validity.odd = validity.odd * KEPT + (tail <= WATCHED_TAIL ? 1 : 0)
}

/** Broken only where the whole interval lies beyond what a factor of 1.5 allows. */
export function validate({ days, odd }: Validity): Validation {
  const met = days > 0 ? odd / days : 0
  const facts = { agentDays: days, promised: WATCHED_TAIL, met }
  if (days < DAYS_MIN) return { ...facts, holds: undefined }
  const squared = DEVIATIONS * DEVIATIONS
  const centre = (odd + squared / 2) / (days + squared)
  const half =
    (DEVIATIONS / (days + squared)) * Math.sqrt((odd * (days - odd)) / days + squared / 4)
  const isTooMany = centre - half > WATCHED_TAIL * FACTOR
  const isTooFew = centre + half < WATCHED_TAIL / FACTOR
  return { ...facts, holds: !isTooMany && !isTooFew }
}
