/** Oddities: the honest things out of the ordinary that a detector must not cry over. */
import type { Random } from '../../math/random.ts'
import { agentOddities } from './agent-oddities.ts'
import { COUNTRY_OF_ZONE, DAY_MS, offsetMs, type Zone } from './clock.ts'
import { companyOddities } from './company-oddities.ts'
import { isHoliday, workdaysLeftInMonth } from './holidays.ts'
import type { Oddity } from './impose.ts'
import type { Setting } from './population.ts'
import type { SimulatedAgent } from './world.ts'

/** Plans oddities, changes the agents accordingly (new ones are added), and says what it did. */
export function planOddities(
  population: SimulatedAgent[],
  setting: Setting,
  rng: Random,
): readonly Oddity[] {
  const oddities = [
    ...companyOddities(population, setting, rng.fork('company')),
    ...agentOddities(population, setting, rng.fork('agents')),
    ...calendarOddities(setting),
  ]
  return oddities.sort((a, b) => a.startMs - b.startMs)
}

/** What the calendar brings without anybody's doing. */
function calendarOddities({ startMs, endMs }: Setting): Oddity[] {
  const found: Oddity[] = []
  const zones = Object.keys(COUNTRY_OF_ZONE) as Zone[]
  for (let dayMs = startMs; dayMs < endMs; dayMs += DAY_MS) {
    const day = Math.floor(dayMs / DAY_MS)
    const note = (kind: string, text: string) =>
      found.push({ kind, agents: [], startMs: dayMs, endMs: dayMs + DAY_MS, note: text })
    for (const country of new Set(Object.values(COUNTRY_OF_ZONE)))
      if (isHoliday(country, day)) note('holiday', country)
    for (const zone of zones)
      if (offsetMs(zone, dayMs) !== offsetMs(zone, dayMs + DAY_MS)) note('clock-change', zone)
    if (workdaysLeftInMonth(day) === 0 && workdaysLeftInMonth(day - 1) === 1) note('month-end', '')
  }
  return found
}
