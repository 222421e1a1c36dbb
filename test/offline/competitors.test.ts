import { describe, expect, it } from 'vitest'
import type { RawEvent } from '../../src/event/event.ts'
import { type Competitor, constant, randomly, zScore } from '../../src/offline/competitors.ts'

const event = (
  n: number,
  bytes: number,
  atMs = Date.UTC(2026, 1, 2, 9) + n * 60_000,
): RawEvent => ({
  id: `e${n}`,
  time: atMs,
  agent: { id: 'a' },
  action: 'files.read',
  resource: { id: 'x' },
  volume: { bytes },
})

const scored = (competitor: Competitor, events: readonly RawEvent[]): number[] => {
  for (const each of events) competitor.take(each)
  return [...competitor.scores()]
}

describe('competitors', () => {
  const events = Array.from({ length: 40 }, (_, n) => event(n, n % 2 === 0 ? 80 : 130))

  it('gives one score for every event', () => {
    for (const competitor of [constant(), randomly(1), zScore()])
      expect(scored(competitor, events)).toHaveLength(events.length)
  })

  it('draws by chance, the same chance every time', () => {
    const scores = scored(randomly(3), events)
    expect(scored(randomly(3), events)).toEqual(scores)
    expect(scored(randomly(4), events)).not.toEqual(scores)
  })

  it('counts the deviations from the running mean of log bytes', () => {
    const values = events.map(({ volume }) => Math.log1p(volume!.bytes!))
    const mean = values.reduce((a, b) => a + b, 0) / values.length
    const sd = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length)
    const scores = scored(zScore(), [...events, event(40, 250)])
    expect(scores.at(-1)).toBeCloseTo((Math.log1p(250) - mean) / sd, 6)
    expect(scores[5]).toBe(0) // too few to tell
  })

  it('wonders at an hour the agent never works', () => {
    const usual = Array.from({ length: 30 }, (_, n) =>
      event(n, 100, Date.UTC(2026, 1, 2 + n, 9, (n * 7) % 60)),
    )
    const night = event(99, 100, Date.UTC(2026, 2, 10, 21))
    const scores = scored(zScore(), [...usual, night])
    expect(scores.at(-1)).toBeGreaterThan(5)
    expect(scores.at(-2)).toBeLessThan(4)
  })
})
