import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/agent/context.ts'
import { hours } from '../../src/baselines/hours.ts'
import { hourOfWeek } from '../../src/baselines/week.ts'
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

describe('hours missed', () => {
  /** Around the clock, every 20 minutes, for some days. */
  const alwaysOn = (days: number): Event[] =>
    Array.from({ length: days * 72 }, (_, at) => eventOf({ atMs: START_MS + at * 20 * MINUTE_MS }))
  const lastOf = (events: readonly Event[]) => events.at(-1)!.atMs

  /** Agents of a group: each lives its events and tells the group. */
  const groupOf = (...lives: readonly (readonly Event[])[]) => {
    const group = hours.blank('group')
    for (const life of lives) learnAll(baseline, blank(), momentsOf(life), [group])
    return group
  }
  const readAmong = (
    memory: ReturnType<typeof blank>,
    peers: ReturnType<typeof blank> | undefined,
    lastMs: number,
    silent: number,
  ) => {
    const [moment] = momentsOf([eventOf({ atMs: lastMs + (silent + 1) * HOUR_MS })])
    moment!.context.previousMs = lastMs
    const kin = { blueprint: undefined, tenant: peers ?? hours.blank('group') }
    return hours.read(memory, kin, moment!)
  }

  it('are those in which the agent is usually active', () => {
    const [busy, office] = [learned(alwaysOn(21)), learned(officeHours(3))]
    const busyGap = readAmong(busy, undefined, lastOf(alwaysOn(21)), 12)
    expect(busyGap.silentHours).toBe(12)
    expect(busyGap.missedHours).toBeGreaterThan(8)
    expect(busyGap.missedHours).toBeLessThanOrEqual(12)
    // From noon to midnight one who works in the morning misses nothing, from Thursday to Sunday a day.
    const friday = lastOf(officeHours(3))
    expect(readAmong(office, undefined, friday, 12).missedHours).toBeLessThan(0.5)
    const thursday = START_MS + 17 * DAY_MS + 3 * HOUR_MS
    const missed = readAmong(office, undefined, thursday, 70).missedHours
    expect(missed).toBeGreaterThan(1)
    expect(missed).toBeLessThan(4)
  })

  it('surprise the more the more are missed, and once known no more', () => {
    const memory = learned(alwaysOn(21))
    const last = lastOf(alwaysOn(21))
    const [few, many] = [4, 24].map((silent) => readAmong(memory, undefined, last, silent))
    expect(few!.missedNats).toBeGreaterThan(1)
    expect(many!.missedNats).toBeGreaterThan(few!.missedNats + 1)
    const rests = Array.from({ length: 21 }, (_, day) => day).flatMap((day) =>
      Array.from({ length: 36 }, (_, at) =>
        eventOf({ atMs: START_MS + day * DAY_MS + (day % 3) * 3 * HOUR_MS + at * 20 * MINUTE_MS }),
      ),
    )
    expect(readAmong(learned(rests), undefined, lastOf(rests), 12).missedNats).toBe(0)
  })

  it('are none where all were silent, and all where others went on', () => {
    const [until, on] = [alwaysOn(21), alwaysOn(23)]
    const last = lastOf(until)
    const memory = learned(until)
    const alone = readAmong(memory, undefined, last, 24)
    const amongAwake = readAmong(memory, groupOf(until, on, on, on), last, 24)
    expect(amongAwake.missedHours).toBeGreaterThan(0.9 * alone.missedHours)
    const amongSilent = readAmong(memory, groupOf(until, until, until, until), last, 24)
    expect(amongSilent.missedHours).toBeLessThan(0.3 * alone.missedHours)
    expect(amongSilent.missedNats).toBeLessThan(0.5 * amongAwake.missedNats)
    // One of a kind has nobody to be compared with.
    const alone2 = readAmong(memory, groupOf(until), last, 24)
    expect(alone2.missedHours).toBeGreaterThan(0.9 * alone.missedHours)
  })

  it('are found again from rest, of a group too', () => {
    const group = groupOf(alwaysOn(21), alwaysOn(23))
    const memory = learned(alwaysOn(21))
    const last = lastOf(alwaysOn(21))
    const again = hours.load(structuredClone(hours.save(memory)), 'agent')
    const groupAgain = hours.load(structuredClone(hours.save(group)), 'group')
    const read = readAmong(memory, group, last, 30)
    expect(readAmong(again, groupAgain, last, 30)).toEqual(read)
    expect(read.missedNats).toBeGreaterThan(2)
  })
})
