/** How numbers are put before a reader. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const rough = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 })

export function count(value: number): string {
  return value >= 10 ? whole.format(value) : rough.format(value)
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

export function bytes(value: number): string {
  let unit = 0
  let scaled = value
  while (scaled >= 1000 && unit < UNITS.length - 1) {
    scaled /= 1000
    unit++
  }
  return `${rough.format(scaled)} ${UNITS[unit]}`
}

export const HOURS_PER_DAY = 24
export const MINUTES_PER_HOUR = 60

/** A stretch of hours: `40 minutes`, `5 hours`, `12 days`. */
export function duration(hours: number): string {
  if (hours < 1) return amountOf(hours * MINUTES_PER_HOUR, 'minute')
  if (hours < 2 * HOURS_PER_DAY) return amountOf(hours, 'hour')
  return amountOf(hours / HOURS_PER_DAY, 'day')
}

function amountOf(value: number, unit: string): string {
  const amount = Math.max(1, Math.round(value))
  return `${whole.format(amount)} ${unit}${amount === 1 ? '' : 's'}`
}
