/** Reading the commonest form of a canonical time without a regular expression. */
import { unitAt } from '../math/hash.ts'
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
 * what nearly every log carries, are read by position, many times faster.
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
    unitAt(text, 4) !== DASH ||
    unitAt(text, 7) !== DASH ||
    unitAt(text, 10) !== UPPER_T ||
    unitAt(text, 13) !== COLON ||
    unitAt(text, 16) !== COLON ||
    unitAt(text, length - 1) !== UPPER_Z
  ) {
    return NONE
  }
  const year = two(text, 0) * 100 + two(text, 2)
  const month = two(text, 5)
  const day = two(text, 8)
  if (!(year >= 1990 && year < 2200 && month >= 1 && month <= 12 && day >= 1)) return NONE
  // The last days of a month are read where they exist; the slow path has the verdict on others.
  if (day > 28 && day > DAYS[month]!) return NONE // there are twelve, and `month` is one of them
  const hour = two(text, 11)
  const minute = two(text, 14)
  const second = two(text, 17)
  const fraction = length === 24 ? thousandths(text) : 0
  // 24:00 and leap seconds are matters of taste, and so for the slow path.
  if (hour > 23 || minute > 59 || second > 59) return NONE
  if (hour < 0 || minute < 0 || second < 0 || fraction < 0) return NONE
  return (
    daysSinceEpoch(year, month, day) * DAY_MS +
    (hour * 3600 + minute * 60 + second) * 1000 +
    fraction
  )
}

/** Days of each month, from 1. February's 29th is for the slow path. */
const DAYS: readonly number[] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
/** In place of a number that is none: whatever is added to it, it stays below 0. */
const NO_DIGITS = -1_000_000

/** Two decimal digits as a number; below 0 where they are none. */
function two(text: string, at: number): number {
  const tens = unitAt(text, at) - 48
  const ones = unitAt(text, at + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NO_DIGITS
}

/** The three digits after the point of a 24-character time; below 0 where they are none. */
function thousandths(text: string): number {
  const last = unitAt(text, 22) - 48
  if (unitAt(text, 19) !== DOT || last < 0 || last > 9) return NO_DIGITS
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
