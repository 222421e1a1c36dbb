import { describe, expect, it } from 'vitest'
import { atWallTime, HOUR_MS, offsetMs, wallTime } from '../../../src/offline/simulate/clock.ts'

const at = (time: string) => Date.parse(time)

// Transition times: IANA time zone database 2025b, years 2026.
describe('clock', () => {
  it('knows the changes of daylight saving', () => {
    expect(offsetMs('America/New_York', at('2026-03-08T06:59:59Z'))).toBe(-5 * HOUR_MS)
    expect(offsetMs('America/New_York', at('2026-03-08T07:00:00Z'))).toBe(-4 * HOUR_MS)
    expect(offsetMs('Europe/Berlin', at('2026-03-29T00:59:59Z'))).toBe(HOUR_MS)
    expect(offsetMs('Europe/Berlin', at('2026-03-29T01:00:00Z'))).toBe(2 * HOUR_MS)
    expect(offsetMs('Australia/Sydney', at('2026-04-04T15:59:59Z'))).toBe(11 * HOUR_MS)
    expect(offsetMs('Australia/Sydney', at('2026-04-04T16:00:00Z'))).toBe(10 * HOUR_MS)
    expect(offsetMs('Asia/Kolkata', at('2026-07-01T00:00:00Z'))).toBe(5.5 * HOUR_MS)
    expect(offsetMs('UTC', at('2026-07-01T00:00:00Z'))).toBe(0)
  })

  it('reads the wall', () => {
    expect(wallTime('Asia/Kolkata', at('2026-02-07T20:00:00Z'))).toMatchObject({
      weekday: 0,
      hour: 1,
      minute: 90,
    })
  })

  it('finds the moment a wall shows a time, on both sides of a change', () => {
    const day = Date.UTC(2026, 2, 8) / 86_400_000
    const zone = 'America/New_York'
    expect(atWallTime(zone, day - 1, 9 * 60)).toBe(at('2026-03-07T14:00:00Z'))
    expect(atWallTime(zone, day, 9 * 60)).toBe(at('2026-03-08T13:00:00Z'))
    // 02:30 does not exist that night.
    expect(atWallTime(zone, day, 150)).toBe(at('2026-03-08T07:30:00Z'))
  })
})
