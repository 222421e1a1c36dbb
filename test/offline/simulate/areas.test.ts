import { describe, expect, it } from 'vitest'
import { random } from '../../../src/math/random.ts'
import {
  type Area,
  churning,
  daily,
  fixed,
  growing,
  type Visit,
} from '../../../src/offline/simulate/areas.ts'
import { DAY_MS } from '../../../src/offline/simulate/clock.ts'

const START_MS = Date.parse('2026-02-02T00:00:00Z')
const POPULARITY = { size: 50, skew: 1, lifetimeDays: 20, shared: 0 }

const idsOf = (area: Area, visit: Partial<Visit> = {}, count = 400): string[] => {
  const rng = random('areas')
  return Array.from(
    { length: count },
    () => area({ rng, owner: 7, atMs: START_MS, person: 'x', ...visit }).id,
  )
}

const shareKnown = (ids: readonly string[], known: readonly string[]) =>
  ids.filter((id) => known.includes(id)).length / ids.length

describe('areas', () => {
  it('keeps favourites for a while and replaces them slowly', () => {
    const area = churning({ type: 'file' }, POPULARITY, (n) => `files/${n}`)
    const now = idsOf(area)
    const tomorrow = idsOf(area, { atMs: START_MS + DAY_MS })
    const later = idsOf(area, { atMs: START_MS + 40 * DAY_MS })
    expect(shareKnown(tomorrow, now)).toBeGreaterThan(0.7)
    expect(shareKnown(later, now)).toBeLessThan(0.1)
  })

  it('never leaves a fixed set', () => {
    const area = fixed({}, POPULARITY, (n) => `set/${n}`)
    const ids = [0, 100, 200].flatMap((day) => idsOf(area, { atMs: START_MS + day * DAY_MS }))
    for (const id of ids) expect(Number(id.slice(4))).toBeLessThan(50)
  })

  it('gives owners different favourites, unless they are shared', () => {
    const own = fixed({}, { ...POPULARITY, size: 5000 }, (n) => `${n}`)
    const shared = fixed({}, { ...POPULARITY, size: 5000, shared: 1 }, (n) => `${n}`)
    expect(shareKnown(idsOf(own, { owner: 8 }), idsOf(own))).toBeLessThan(0.3)
    expect(shareKnown(idsOf(shared, { owner: 8 }), idsOf(shared))).toBe(1)
  })

  it('opens new numbers every day', () => {
    const area = growing({}, { first: 0, perDay: 100, recencyDays: 1 }, (n) => `${n}`)
    const mean = (ids: string[]) => ids.reduce((sum, id) => sum + Number(id), 0) / ids.length
    const gained = mean(idsOf(area, { atMs: START_MS + DAY_MS })) - mean(idsOf(area))
    expect(gained).toBeCloseTo(100, 0)
  })

  it('names things after their day', () => {
    const area = daily({}, { parts: 3, backDays: 0.01 }, (date, part) => `dt=${date}/${part}`)
    expect(idsOf(area, {}, 20).filter((id) => id.startsWith('dt=2026-02-02/'))).toHaveLength(20)
  })

  it('labels always the same things as sensitive', () => {
    const area = fixed({ sensitivity: { secret: 0.3 } }, POPULARITY, (n) => `${n}`)
    const rng = random('labels')
    const labels = new Map<string, string | undefined>()
    for (let i = 0; i < 500; i++) {
      const { id, sensitivity } = area({ rng, owner: 7, atMs: START_MS, person: 'x' })
      if (labels.has(id)) expect(labels.get(id)).toBe(sensitivity)
      labels.set(id, sensitivity)
    }
    expect(new Set(labels.values())).toEqual(new Set(['secret', undefined]))
  })
})
