/**
 * Drift: how far the behaviour one model was trained on lies from that of another, trait by trait.
 *
 * Source    Yurdakul (2018), "Statistical properties of population stability index", dissertation,
 *           Western Michigan University: the index, Σ (p − q) · ln(p / q) over grades; in practice less than
 *           0.1 is no shift, and from 0.25 on the population is another.
 */

/** Where the grades of a trait begin, on the scale that models are fitted on: 0 to 16 nats. */
const GRADES_FROM = [0, 0.5, 1, 1.5, 2, 2.5, 3, 4] as const
/** A share that is counted where none was seen, so that the index stays finite. */
const SHARE_MIN = 1e-4
/** From here on a trait has shifted so far that a model of it is another model. */
export const SHIFTED = 0.25

/** The share of samples in each grade, by trait. */
export function sharesOf(values: readonly ArrayLike<number>[], traitCount: number): number[][] {
  const counts = Array.from({ length: traitCount }, () => GRADES_FROM.map(() => 0))
  for (const sample of values) {
    for (let trait = 0; trait < traitCount; trait++) {
      const grade = GRADES_FROM.findLastIndex((from) => sample[trait]! >= from)
      counts[trait]![grade]!++
    }
  }
  return counts.map((grades) => grades.map((count) => count / Math.max(1, values.length)))
}

/** The population stability index between two samples' shares of one trait, ≥ 0. */
export function shiftBetween(before: readonly number[], after: readonly number[]): number {
  return after.reduce((sum, share, grade) => {
    const p = Math.max(share, SHARE_MIN)
    const q = Math.max(before[grade] ?? 0, SHARE_MIN)
    return sum + (p - q) * Math.log(p / q)
  }, 0)
}
