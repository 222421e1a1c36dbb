import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../src/agent/context.ts'
import { courses, type TrendMemory, type TrendReading, trend } from '../../src/baselines/trend.ts'
import type { Event } from '../../src/event/event.ts'
import { QUIET_SUM, TOLD_SUM } from '../../src/math/reference.ts'
import { eventOf, live, START_MS } from '../support/life.ts'

const RECORDS = courses.indexOf('records')
const EVENTS = courses.indexOf('events')

/** Days on which so many records are read with every call, eight of them. */
const daysOf = (records: (day: number) => number, days: number, isUsual = (_: number) => true) =>
  Array.from({ length: days }, (_, day) => day)
    .filter(isUsual)
    .flatMap((day) =>
      Array.from({ length: 8 }, (_, at) =>
        eventOf({
          atMs: START_MS + day * DAY_MS + at * HOUR_MS,
          volume: { records: Math.round(records(day)) },
        }),
      ),
    )

/** What is read at the end of every day, by one who learns from each. */
function endsOf(events: readonly Event[], tenant: TrendMemory = trend.blank('group')) {
  const own = trend.blank('agent')
  const ends: TrendReading[] = []
  live(events, (moment) => {
    const reading = trend.read(own, { blueprint: undefined, tenant }, moment)
    if (reading.endedDay > 0) ends.push(reading)
    trend.learn(own, [tenant], moment, 1, reading)
  })
  return ends
}

const usual = (day: number) => 100 + 10 * (day % 3)
const creeping = (day: number) => usual(day) * 1.02 ** Math.max(0, day - 40)

describe('trend', () => {
  it('says nothing of days as they always were', () => {
    const ends = endsOf(daysOf(usual, 90))
    expect(ends).toHaveLength(89)
    for (const { nats } of ends) expect(nats).toBe(0)
  })

  it('sees a rise of two in a hundred a day before it has doubled, and says of what', () => {
    const ends = endsOf(daysOf(creeping, 90))
    const first = ends.findIndex(({ nats }) => nats > 0)
    expect(first).toBeGreaterThan(40)
    expect(creeping(first) / usual(first)).toBeLessThan(2)
    const loudest = ends.reduce((a, b) => (b.nats > a.nats ? b : a))
    expect(loudest.course).toBe(RECORDS)
    expect(loudest.logLatest).toBeGreaterThan(loudest.logUsual)
    expect(loudest.sums[EVENTS]).toBe(0)
  })

  it('takes a rise that it has told for normal, where it ends', () => {
    const ends = endsOf(daysOf((day) => (day < 40 ? 1 : 6) * usual(day), 110))
    expect(Math.max(...ends.map(({ sums }) => sums[RECORDS]!))).toBeGreaterThanOrEqual(TOLD_SUM)
    for (const { nats } of ends.slice(75)) expect(nats).toBe(0)
  })

  it('takes off what the whole tenant drifts by', () => {
    const tenant = trend.blank('group')
    for (let colleague = 0; colleague < 8; colleague++) endsOf(daysOf(creeping, 80), tenant)
    const most = (ends: readonly TrendReading[]) =>
      Math.max(...ends.map(({ sums }) => sums[RECORDS]!))
    const alone = most(endsOf(daysOf(creeping, 80)))
    const among = most(endsOf(daysOf(creeping, 80), tenant))
    expect(alone).toBeGreaterThan(QUIET_SUM)
    expect(among).toBeLessThan(alone / 2)
  })

  it('compares week ends with week ends', () => {
    const isWeekEnd = (day: number) => day % 7 > 4
    const ends = endsOf(daysOf((day) => (isWeekEnd(day) ? 5 : 1) * usual(day), 90))
    for (const { nats } of ends) expect(nats).toBe(0)
  })

  it('tells of nothing where it has not followed the days before', () => {
    const events = daysOf(creeping, 80)
    const own = trend.blank('agent')
    const tenant = trend.blank('group')
    const later: TrendReading[] = []
    live(
      [
        ...events,
        ...daysOf(
          () => 9000,
          95,
          (day) => day >= 88,
        ),
      ],
      (moment) => {
        const reading = trend.read(own, { blueprint: undefined, tenant }, moment)
        const isFrozen = moment.event.atMs > START_MS + 80 * DAY_MS
        if (!isFrozen) trend.learn(own, [tenant], moment, 1, reading)
        else if (reading.endedDay > 0) later.push(reading)
      },
    )
    expect(later.length).toBeGreaterThan(5)
    for (const { nats } of later.slice(1)) expect(nats).toBe(0)
  })
})
