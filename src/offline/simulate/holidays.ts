/** Days on which an office is closed, by country; and where a day stands in its month. */
import { DAY_MS } from './clock.ts'

type Rule = (year: number) => number // days since 1970-01-01

const date =
  (month: number, dayOfMonth: number): Rule =>
  (year) =>
    Date.UTC(year, month - 1, dayOfMonth) / DAY_MS

/** The nth given weekday (0 is Sunday) of a month; negative counts from its end. */
const nth =
  (n: number, weekday: number, month: number): Rule =>
  (year) => {
    const first = Date.UTC(year, n > 0 ? month - 1 : month, n > 0 ? 1 : 0) / DAY_MS
    const shift =
      n > 0 ? (weekday - weekdayOf(first) + 7) % 7 : -((weekdayOf(first) - weekday + 7) % 7)
    return first + shift + 7 * (n > 0 ? n - 1 : n + 1)
  }

const easter =
  (shift: number): Rule =>
  (year) =>
    easterSunday(year) + shift

// Holi and Diwali follow the moon; these are their usual neighbourhoods, which is all that is needed.
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  DE: [date(1, 1), easter(-2), easter(1), date(5, 1), easter(39), easter(50), date(10, 3)].concat([
    date(12, 24),
    date(12, 25),
    date(12, 26),
    date(12, 31),
  ]),
  US: [date(1, 1), nth(3, 1, 1), nth(3, 1, 2), nth(-1, 1, 5), date(6, 19), date(7, 3)].concat([
    nth(1, 1, 9),
    date(11, 11),
    nth(4, 4, 11),
    date(12, 25),
  ]),
  IN: [date(1, 26), date(3, 4), date(8, 15), date(10, 2), date(11, 9), date(12, 25)],
  JP: [date(1, 1), date(1, 2), nth(2, 1, 1), date(2, 11), date(2, 23), date(3, 20)].concat([
    date(4, 29),
    date(5, 4),
    date(5, 5),
    date(5, 6),
    nth(3, 1, 7),
    date(8, 11),
    nth(3, 1, 9),
    date(11, 3),
    date(11, 23),
  ]),
  AU: [date(1, 1), date(1, 26), nth(2, 1, 3), easter(-2), easter(1), date(4, 25)].concat([
    nth(2, 1, 6),
    date(12, 25),
    date(12, 26),
  ]),
}

const closed = new Map<string, Set<number>>() // country and year → days

export function isHoliday(country: string, day: number): boolean {
  const rules = RULES[country]
  if (rules === undefined) return false
  const year = new Date(day * DAY_MS).getUTCFullYear()
  const key = `${country}${year}`
  let days = closed.get(key)
  if (days === undefined) {
    days = new Set(rules.map((rule) => rule(year)))
    closed.set(key, days)
  }
  return days.has(day)
}

const left = new Map<number, number>()

/** Working days from this day to the end of its month: 0 on or after the last one. */
export function workdaysLeftInMonth(day: number): number {
  let count = left.get(day)
  if (count === undefined) {
    const at = new Date(day * DAY_MS)
    const last = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0) / DAY_MS
    count = 0
    for (let d = day + 1; d <= last; d++) if (weekdayOf(d) % 6 !== 0) count++
    left.set(day, count)
  }
  return count
}

export const dayOfMonth = (day: number): number => new Date(day * DAY_MS).getUTCDate()

export const weekdayOf = (day: number): number => (day + 4) % 7

/** Source: the anonymous Gregorian computus (Meeus, Jones, Butcher). */
function easterSunday(year: number): number {
  const a = year % 19
  const b = Math.floor(year / 100)
  const c = year % 100
  const h =
    (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7
  const m = Math.floor((a + 11 * h + 22 * l) / 451)
  const month = Math.floor((h + l - 7 * m + 114) / 31)
  return Date.UTC(year, month - 1, ((h + l - 7 * m + 114) % 31) + 1) / DAY_MS
}
