import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PAUSE_MS_MAX, Pace } from '../../src/runtime/pace.ts'
import type { Delivery } from '../../src/sinks/sink.ts'

const OPTIONS = { failuresMax: 3, pauseMs: 1_000 }
const delivered: Delivery = { kind: 'delivered' }
const failed: Delivery = { kind: 'retry', reason: 'HTTP 503' }
const refused: Delivery = { kind: 'refused', reason: 'HTTP 400' }

describe('failures', () => {
  it('in a row pause it; then one tries, and the pauses grow until it is taken', () => {
    const pace = new Pace(OPTIONS, undefined)
    let nowMs = 1_000_000
    for (const change of [undefined, undefined, 'paused']) {
      expect(pace.admit(nowMs)).toBe(0)
      expect(pace.note(failed, nowMs)).toBe(change)
    }
    for (const pauseMs of [1_000, 2_000, 4_000]) {
      expect(pace.admit(nowMs)).toBe(pauseMs)
      expect(pace.admit(nowMs + pauseMs - 1)).toBe(1)
      nowMs += pauseMs
      expect(pace.admit(nowMs), 'the one that tries').toBe(0)
      expect(pace.admit(nowMs), 'the others wait for it').toBeGreaterThan(0)
      expect(pace.note(failed, nowMs)).toBeUndefined()
    }
    nowMs += 8_000
    expect(pace.admit(nowMs)).toBe(0)
    expect(pace.note(delivered, nowMs)).toBe('flowing')
    expect(pace.admit(nowMs)).toBe(0)
    expect(pace.admit(nowMs)).toBe(0)
    expect(pace.note(failed, nowMs), 'counts from the beginning').toBeUndefined()
  })

  it('with one taken or refused between them do not', () => {
    const pace = new Pace(OPTIONS, undefined)
    for (const between of [delivered, refused]) {
      for (const delivery of [failed, failed, between, failed, failed]) {
        expect(pace.note(delivery, 0)).toBeUndefined()
      }
      pace.note(between, 0)
    }
    expect(pace.admit(0)).toBe(0)
  })

  it('of those that were under way when it paused make the pause no longer', () => {
    const pace = new Pace(OPTIONS, undefined)
    for (let nth = 0; nth < 10; nth++) pace.note(failed, 5_000)
    expect(pace.admit(5_000)).toBe(1_000)
  })

  it('never pause it where that is not wanted', () => {
    const pace = new Pace({ ...OPTIONS, failuresMax: 0 }, undefined)
    for (let nth = 0; nth < 1_000; nth++) expect(pace.note(failed, nth)).toBeUndefined()
    expect(pace.admit(1_000)).toBe(0)
  })
})

it('gives all alerts the time that the receiver has named', () => {
  const pace = new Pace(OPTIONS, undefined)
  expect(pace.note({ ...failed, afterMs: 30_000 }, 100)).toBe('paused')
  expect(pace.admit(100)).toBe(30_000)
  expect(pace.admit(30_100)).toBe(0)
})

it('never waits for longer than the longest pause, whatever comes', () => {
  const delivery = fc.oneof(
    fc.constantFrom(delivered, failed, refused),
    fc.nat(PAUSE_MS_MAX).map((afterMs): Delivery => ({ ...failed, afterMs })),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5_000), delivery)), (steps) => {
      const pace = new Pace(OPTIONS, undefined)
      let nowMs = 1
      for (const [passedMs, each] of steps) {
        nowMs += passedMs
        if (pace.admit(nowMs) === 0) pace.note(each, nowMs)
        expect(pace.admit(nowMs)).toBeLessThanOrEqual(PAUSE_MS_MAX)
        pace.note(failed, nowMs)
      }
    }),
  )
})

describe('a rate', () => {
  it('lets so many go at once, and the others one after the other', () => {
    const pace = new Pace(OPTIONS, { alerts: 3, perMs: 3_000 })
    const admitted = [0, 0, 0, 0, 500, 1_000, 1_000, 2_000].map((nowMs) =>
      pace.admit(10_000 + nowMs),
    )
    expect(admitted).toEqual([0, 0, 0, 1_000, 500, 0, 1_000, 0])
  })

  it('is kept, whatever the pauses between', () => {
    fc.assert(
      fc.property(
        fc.record({
          alerts: fc.integer({ min: 1, max: 20 }),
          perMs: fc.integer({ min: 1, max: 9_999 }),
        }),
        fc.array(fc.nat(2_000), { maxLength: 200 }),
        (rate, gaps) => {
          const pace = new Pace(OPTIONS, rate)
          const gone: number[] = []
          let nowMs = 1
          for (const gap of gaps) {
            nowMs += gap
            const waitMs = pace.admit(nowMs)
            if (waitMs === 0) gone.push(nowMs)
            else expect(waitMs).toBeLessThanOrEqual(rate.perMs)
          }
          // In no stretch of its length more than those saved up and those that it earns.
          for (const fromMs of gone) {
            const within = gone.filter((atMs) => atMs >= fromMs && atMs < fromMs + rate.perMs)
            expect(within.length).toBeLessThanOrEqual(2 * rate.alerts)
          }
        },
      ),
    )
  })
})
