import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/agent/context.ts'
import { hourOfWeek, hours } from '../../src/baselines/hours.ts'
import type { Event } from '../../src/event/event.ts'
import { gainAt } from '../../src/math/decay.ts'
import { readGolden } from '../golden/memories/memories.ts'
import { eventOf, learnAll, momentsOf, nobody, START_MS, STRETCH, shelf } from '../support/life.ts'

const baseline = shelf.find(([name]) => name === 'hours')![1]
const blank = () => hours.blank('agent')
const learned = (events: readonly Event[]) => {
  const memory = blank()
  learnAll(baseline, memory, momentsOf(events))
  return memory
}
/** Reads an event that comes after one at `previousMs`; 0 for the first of all. */
const readAt = (memory: ReturnType<typeof blank>, atMs: number, previousMs = 0) => {
  const [moment] = momentsOf([eventOf({ atMs })])
  moment!.context.previousMs = previousMs
  return hours.read(memory, nobody(baseline) as never, moment!)
}

/** Weekdays from 9 to 12 for some weeks, an event every ten minutes. */
const officeHours = (weeks: number): Event[] =>
  Array.from({ length: weeks * 7 }, (_, day) => day)
    .filter((day) => day % 7 < 5)
    .flatMap((day) =>
      Array.from({ length: 18 }, (_, at) =>
        eventOf({ atMs: START_MS + day * DAY_MS + at * 10 * MINUTE_MS }),
      ),
    )

describe('hours', () => {
  it('begin on Monday', () => {
    expect(hourOfWeek(Date.UTC(2026, 5, 1, 0))).toBe(0)
    expect(hourOfWeek(Date.UTC(2026, 5, 7, 23, 59))).toBe(167)
    expect(hourOfWeek(Date.UTC(1990, 0, 1, 5))).toBe(5)
  })

  it('find the usual hour unremarkable, and the nearer the stranger hour the less strange', () => {
    const memory = learned(officeHours(4))
    const monday = START_MS + 28 * DAY_MS
    const [usual, evening, night, weekend] = [
      readAt(memory, monday + HOUR_MS),
      readAt(memory, monday + 3 * HOUR_MS),
      readAt(memory, monday + 14 * HOUR_MS),
      readAt(memory, monday + 5 * DAY_MS + 14 * HOUR_MS),
    ]
    expect(usual.nats).toBeLessThan(0.1)
    expect(evening.nats).toBeLessThan(night.nats)
    expect(night.nats).toBeLessThan(weekend.nats)
    expect(usual.skill).toBeGreaterThan(0.5)
  })

  it('learn that the clock says nothing of one who works around it', () => {
    const around = Array.from({ length: 600 }, (_, at) =>
      eventOf({ atMs: START_MS + at * HOUR_MS }),
    )
    expect(readAt(learned(around), START_MS + 700 * HOUR_MS).skill).toBeLessThan(0.2)
  })

  it('find a silence longer than any so far strange, and the stranger the longer', () => {
    const memory = learned(officeHours(4))
    const lastMs = START_MS + 25 * DAY_MS + 2 * HOUR_MS
    const silentFor = (days: number) => readAt(memory, START_MS + (25 + days) * DAY_MS, lastMs)
    const [weekend, week, month] = [silentFor(3), silentFor(7), silentFor(30)]
    expect(weekend.silenceNats).toBe(0) // as every one so far
    expect(week.silenceNats).toBeGreaterThan(0)
    expect(month.silenceNats).toBeGreaterThan(week.silenceNats)
    expect(month.silentHours).toBe(30 * 24 - 3)
    // From Friday noon to Monday nine.
    expect(Math.expm1(month.logLongestSilence)).toBeCloseTo(2 * 24 + 21, 0)
  })

  it('know no silence before the first event, in the same hour, or before a late one', () => {
    expect(readAt(blank(), START_MS)).toMatchObject({ silentHours: 0, silenceNats: 0 })
    const memory = learned(officeHours(4))
    const lastMs = START_MS + 25 * DAY_MS + 2 * HOUR_MS
    for (const atMs of [lastMs, lastMs - 3 * DAY_MS]) {
      expect(readAt(memory, atMs, lastMs)).toMatchObject({ silentHours: 0, silenceNats: 0 })
    }
  })

  it('that were stored before silences were learned load without any', () => {
    const [older, newer] = ['hours.v1.json', 'hours.v2.json'].map((file) => {
      const saved = readGolden(file)
      expect(hours.schema.safeParse(saved).success).toBe(true)
      return hours.load(saved, 'agent')
    })
    expect([...older!.silence]).toEqual([...blank().silence])
    expect(newer!.silence.some((value) => value > 0)).toBe(true)
    expect([...older!.counts]).toEqual([...newer!.counts])
  })

  const countOf = (events: readonly Event[]) =>
    learned(events).total / gainAt(events[0]!.atMs, STRETCH)
  const at = (minutes: number) => eventOf({ atMs: START_MS + minutes * MINUTE_MS })

  it('count an hour once, however much was done in it', () => {
    expect(countOf(Array.from({ length: 50 }, (_, minute) => at(minute)))).toBeCloseTo(1, 1)
  })

  it('count an hour once though its events come after the next hour has begun', () => {
    const late = Array.from({ length: 50 }, (_, minute) => at(minute))
    expect(countOf([at(55), at(60), ...late])).toBeCloseTo(2, 1)
  })
})
