/** Reading the commonest form of a canonical time without a regular expression. */
import { timeToMs } from './event.ts'

const DAY_MS = 86_400_000
const DASH = 45
const DOT = 46
const COLON = 58
const UPPER_T = 84
const UPPER_Z = 90
const NONE = Number.NaN

/**
 * Milliseconds since the epoch of a canonical time, or undefined where it is none.
 *
 * The same answer as `timeToMs` for every input. `YYYY-MM-DDTHH:MM:SSZ` and `…SS.sssZ`, which is
 * what nearly every log carries, are read by position, about eight times faster.
 */
export function instantOf(time: string | number): number | undefined {
  if (typeof time === 'string') {
    const ms = byPosition(time)
    if (!Number.isNaN(ms)) return ms
  }
  return timeToMs(time)
}

/** NaN where the text is of another form, or where the date is for the calendar to decide. */
function byPosition(text: string): number {
  const length = text.length
  if (length !== 20 && length !== 24) return NONE
  if (
    text.charCodeAt(4) !== DASH ||
    text.charCodeAt(7) !== DASH ||
    text.charCodeAt(10) !== UPPER_T ||
    text.charCodeAt(13) !== COLON ||
    text.charCodeAt(16) !== COLON ||
    text.charCodeAt(length - 1) !== UPPER_Z
  ) {
    return NONE
  }
  const year = two(text, 0) * 100 + two(text, 2)
  const month = two(text, 5)
  const day = two(text, 8)
  const hour = two(text, 11)
  const minute = two(text, 14)
  const second = two(text, 17)
  // Written so that NaN fails. Days 29 to 31 depend on the month; 24:00 and leap seconds on taste.
  if (!(year >= 1990 && year < 2200 && month >= 1 && month <= 12 && day >= 1 && day <= 28)) {
    return byCalendar(text, year, month, day)
  }
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return NONE
  const fraction = length === 24 ? thousandths(text) : 0
  return (
    daysSinceEpoch(year, month, day) * DAY_MS +
    (hour * 3600 + minute * 60 + second) * 1000 +
    fraction
  )
}

/** The last days of a month, where they exist; NaN else, so that the slow path has the verdict. */
function byCalendar(text: string, year: number, month: number, day: number): number {
  if (!(year >= 1990 && year < 2200 && month >= 1 && month <= 12 && day >= 29 && day <= 30)) {
    return NONE
  }
  if (month === 2) return NONE
  const firstDay = byPosition(`${text.slice(0, 8)}01${text.slice(10)}`)
  return firstDay + (day - 1) * DAY_MS
}

/** Two decimal digits as a number; NaN where they are none. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48
  const ones = text.charCodeAt(at + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NONE
}

/** The three digits after the point of a 24-character time. */
function thousandths(text: string): number {
  const last = text.charCodeAt(22) - 48
  if (text.charCodeAt(19) !== DOT || last < 0 || last > 9) return NONE
  return two(text, 20) * 10 + last
}

/** Days from 1970-01-01 to a date of the Gregorian calendar. The year is taken to begin in March. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year
  const century = (marchYear / 100) | 0
  const dayOfYear = (((month + (month > 2 ? -3 : 9)) * 153 + 2) / 5) | 0
  const leapDays = ((marchYear / 4) | 0) - century + ((century / 4) | 0)
  return marchYear * 365 + leapDays + dayOfYear + day - 719_469
}
