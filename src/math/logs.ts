/** Logarithms of amounts: most are counts, and those of small counts are looked up. */

const SMALL = 1024
const LOGS = Float64Array.from({ length: SMALL }, (_, count) => Math.log1p(count))

/** Math.log1p of what is no less than 0. */
export function log1p(amount: number): number {
  return amount < SMALL && (amount | 0) === amount ? LOGS[amount]! : Math.log1p(amount)
}
