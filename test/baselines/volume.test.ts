import { describe, expect, it } from 'vitest'
import { DAY_MS, measures, spans } from '../../src/agent/context.ts'
import { volume } from '../../src/baselines/volume.ts'
import type { Event } from '../../src/event/event.ts'
import { floatsOf } from '../../src/math/bytes.ts'
import { MOMENTS_SIZE } from '../../src/math/moments.ts'
import { readGolden } from '../golden/memories/memories.ts'
import { eventOf, learnAll, momentsOf, nobody, routine, START_MS, shelf } from '../support/life.ts'

const baseline = shelf.find(([name]) => name === 'volume')![1]
const RECORDS = measures.indexOf('records')
const DENIALS = measures.indexOf('denials')

/** The last of these events, as one reads it who has learned from those before. */
function readLast(events: readonly Event[]) {
  const moments = momentsOf(events)
  const memory = volume.blank('agent')
  learnAll(baseline, memory, moments.slice(0, -1))
  return volume.read(memory, nobody(baseline) as never, moments.at(-1)!)
}

describe('volume', () => {
  const days = routine(20)
  const next = (fields: Parameters<typeof eventOf>[0]) =>
    eventOf({ atMs: START_MS + 20 * DAY_MS, session: 'last', ...fields })

  it('is unremarkable as usual, and the more surprising the more is moved', () => {
    const nats = (records: number) =>
      readLast([...days, next({ volume: { records } })]).nats[RECORDS]!
    expect(nats(3)).toBeLessThan(0.5)
    expect(nats(1000)).toBeGreaterThan(nats(100))
    expect(nats(1e6)).toBeGreaterThan(nats(1000))
  })

  it('asks of records only: what was moved before is no surprise, however seldom', () => {
    const nextRun = (day: number, fields: Parameters<typeof eventOf>[0]) => {
      const { session: _, ...event } = next({ atMs: START_MS + day * DAY_MS, ...fields })
      return event
    }
    const again = (records: number) =>
      readLast([
        ...days,
        nextRun(20, { volume: { records: 9000 } }),
        nextRun(21, {}),
        nextRun(22, { volume: { records } }),
      ]).nats[RECORDS]!
    expect(again(9000)).toBe(0)
    expect(again(30_000)).toBeGreaterThan(1)
  })

  it('loads what was stored before sessions had a length', () => {
    const saved = readGolden('volume.v1.json') as Uint8Array
    const [older, newer] = [floatsOf(saved), volume.load(saved, 'agent', 2) as Float32Array]
    const kept = measures.length - 1
    spans.forEach((_, span) => {
      const from = span * measures.length * MOMENTS_SIZE
      expect(newer.subarray(from, from + kept * MOMENTS_SIZE)).toEqual(
        older.subarray(span * kept * MOMENTS_SIZE, (span + 1) * kept * MOMENTS_SIZE),
      )
      const minutes = newer.subarray(from + kept * MOMENTS_SIZE, from + (kept + 1) * MOMENTS_SIZE)
      expect([...minutes]).toEqual([0, 0, 0, 0])
    })
  })

  it('says which span it was, how much was seen, and the most there was so far', () => {
    const { span, seen, logLargest, logUsual } = readLast([
      ...days,
      next({ volume: { records: 9000 } }),
    ])
    expect(spans).toContain(spans[span[RECORDS]!])
    expect(seen[RECORDS]).toBe(9000)
    expect(logLargest[RECORDS]).toBeGreaterThanOrEqual(logUsual[RECORDS]!)
    expect(Math.expm1(logUsual[RECORDS]!)).toBeGreaterThan(1)
    expect(Math.expm1(logLargest[RECORDS]!)).toBeLessThan(9000)
  })

  it('does not take failures for denials', () => {
    const burst = (outcome: 'failure' | 'denied') =>
      Array.from({ length: 30 }, (_, at) => next({ atMs: START_MS + 20 * DAY_MS + at, outcome }))
    expect(readLast([...days, ...burst('failure')]).nats[DENIALS]).toBe(0)
    expect(readLast([...days, ...burst('denied')]).nats[DENIALS]).toBeGreaterThan(1)
  })

  it('knows how many events are usual on a day', () => {
    const { logEventsPerDay } = readLast([...days, next({})])
    expect(Math.exp(logEventsPerDay)).toBeGreaterThan(15)
    expect(Math.exp(logEventsPerDay)).toBeLessThan(40)
  })
})
