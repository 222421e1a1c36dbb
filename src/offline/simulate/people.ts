/** People: the staff that agents act for. */
import type { Random } from '../../math/random.ts'
import { COUNTRY_OF_ZONE, DAY_MS, wallTime, type Zone } from './clock.ts'
import { isHoliday } from './holidays.ts'
import { personName } from './words.ts'
import type { Person } from './world.ts'

const ZONES: readonly Zone[] = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'America/Los_Angeles',
  'Asia/Tokyo',
  'Australia/Sydney',
]
const ZONE_WEIGHTS = [38, 22, 16, 10, 8, 6]
const VACATION_SHARE = 0.3 // of the staff, within six weeks or so

export function hire(count: number, startMs: number, days: number, rng: Random): Person[] {
  const firstDay = Math.floor(startMs / DAY_MS)
  return Array.from({ length: count }, (_, index) => {
    const own = rng.fork(index)
    const zone = ZONES[own.weighted(ZONE_WEIGHTS)]!
    const begin = firstDay + own.integer(5, Math.max(6, days - 3))
    const vacation: readonly [number, number] = [begin, begin + own.integer(3, 16)]
    const person: Person = {
      name: `${personName(index)}@northwind.example`,
      zone,
      country: COUNTRY_OF_ZONE[zone],
      key: own.u32(),
      startHour: own.normal(8.6, 0.9),
      endHour: own.normal(17.4, 1.1),
    }
    return own.chance(VACATION_SHARE) ? { ...person, vacation } : person
  })
}

/** How much of their usual work a person does at that moment: 0 is none. */
export function presence(person: Person, atMs: number): number {
  const { day, weekday, minute } = wallTime(person.zone, atMs)
  if (isAway(person, day)) return 0.02
  if (isHoliday(person.country, day)) return 0.05
  const hour = minute / 60
  const inHours =
    hour >= person.startHour && hour < person.endHour
      ? hour >= 12 && hour < 13
        ? 0.4
        : 1
      : hour > 6 && hour < 23
        ? 0.08
        : 0.004
  return weekday % 6 === 0 ? inHours * 0.06 : inHours
}

export function isAway({ vacation }: Person, day: number): boolean {
  return vacation !== undefined && day >= vacation[0] && day <= vacation[1]
}
