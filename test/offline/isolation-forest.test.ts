import { describe, expect, it } from 'vitest'
import type { RawEvent } from '../../src/event/event.ts'
import { random } from '../../src/math/random.ts'
import { isolationForest } from '../../src/offline/isolation-forest.ts'

const rng = random('forest')
const event = (n: number, bytes: number): RawEvent => ({
  id: `e${n}`,
  time: Date.UTC(2026, 1, 2) + n * 600_000,
  agent: { id: n % 2 === 0 ? 'a' : 'b', blueprint: 'reader' },
  action: 'files.read',
  resource: { id: 'sites/finance/report' },
  volume: { bytes },
})
const events = Array.from({ length: 400 }, (_, n) => event(n, rng.integer(900, 1100)))

function scored(seed: number, some: readonly RawEvent[]): number[] {
  const forest = isolationForest(seed)
  for (const each of some) forest.take(each)
  return [...forest.scores()]
}

describe('the isolation forest', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(scored(1, events)).toEqual(scored(1, events))
    expect(scored(2, events)).not.toEqual(scored(1, events))
  })

  it('leaves chance as it was', () => {
    const before = Math.random
    scored(1, events)
    expect(Math.random).toBe(before)
  })

  it('isolates what is far from the habits of its agent', () => {
    const odd = { ...event(400, 9_000_000), action: 'mail.send', outcome: 'denied' as const }
    const scores = scored(1, [...events, odd])
    const highest = Math.max(...scores.slice(50, -1))
    expect(scores.at(-1)).toBeGreaterThan(highest)
  })

  it('says nothing of a kind with a single event', () => {
    const alone = { ...event(401, 1), agent: { id: 'c', blueprint: 'alone' } }
    expect(scored(1, [...events, alone]).at(-1)).toBe(0.5)
  })
})
