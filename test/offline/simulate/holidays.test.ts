import { describe, expect, it } from 'vitest'
import {
  dayOfMonth,
  isHoliday,
  workdaysLeftInMonth,
} from '../../../src/offline/simulate/holidays.ts'

const day = (date: string) => Date.parse(date) / 86_400_000

// Dates: official calendars of 2026 (feiertage.de, opm.gov, cao.go.jp, fairwork.gov.au).
describe('holidays', () => {
  it.each([
    ['DE', '2026-04-03'],
    ['DE', '2026-05-14'],
    ['DE', '2026-05-25'],
    ['US', '2026-02-16'],
    ['US', '2026-05-25'],
    ['US', '2026-11-26'],
    ['JP', '2026-02-11'],
    ['AU', '2026-04-06'],
    ['IN', '2026-01-26'],
  ])('%s is closed on %s', (country, date) => {
    expect(isHoliday(country, day(date))).toBe(true)
  })

  it('is open on others', () => {
    expect(isHoliday('DE', day('2026-02-16'))).toBe(false)
    expect(isHoliday('', day('2026-12-25'))).toBe(false)
  })

  it('counts the working days to the end of the month', () => {
    expect(workdaysLeftInMonth(day('2026-02-27'))).toBe(0) // a Friday, the 28th is a Saturday
    expect(workdaysLeftInMonth(day('2026-02-26'))).toBe(1)
    expect(workdaysLeftInMonth(day('2026-03-31'))).toBe(0)
    expect(dayOfMonth(day('2026-03-31'))).toBe(31)
  })
})
