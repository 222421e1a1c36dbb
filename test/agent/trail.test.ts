import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/agent/context.ts'
import { backAt, loadTrail, type Place, saveTrail, takeUp } from '../../src/agent/trail.ts'
import { START_MS } from '../support/life.ts'

const onDay = (days: number): number => START_MS + days * DAY_MS

describe('a trail', () => {
  it('counts the days on which an agent was back at a place, not the visits', () => {
    const trail: Place[] = []
    takeUp(trail, 7, 5, 1, onDay(0), true)
    takeUp(trail, 7, 9, 1, onDay(0.1), true) // followed already
    expect(backAt(trail, 7, onDay(0.2))).toMatchObject({ days: 1, nats: 5, uses: 2 })
    expect(backAt(trail, 7, onDay(3))?.days).toBe(2)
    expect(backAt(trail, 7, onDay(3.1))?.days).toBe(2)
    expect(backAt(trail, 7, onDay(2))?.days).toBe(2) // a late event
    expect(backAt(trail, 7, onDay(9))?.days).toBe(3)
    expect(backAt(trail, 8, onDay(9))).toBeUndefined()
  })

  it('lets a place go after three weeks', () => {
    const trail: Place[] = []
    takeUp(trail, 7, 5, 1, onDay(0), true)
    takeUp(trail, 8, 5, 1, onDay(10), true)
    expect(backAt(trail, 7, onDay(21.5))).toBeUndefined()
    expect(backAt(trail, 8, onDay(21.5))?.days).toBe(2)
    expect(trail).toHaveLength(1)
  })

  it('keeps the most surprising of many', () => {
    const trail: Place[] = []
    for (let key = 1; key <= 30; key++) takeUp(trail, key, 3 + (key % 10), 1, onDay(1), true)
    expect(trail.length).toBeLessThanOrEqual(8)
    expect(Math.min(...trail.map(({ nats }) => nats))).toBeGreaterThanOrEqual(9)
  })

  it('comes back from storage as it was', () => {
    const trail: Place[] = []
    takeUp(trail, 7, 5.5, 0.4, onDay(0), true)
    backAt(trail, 7, onDay(2))
    expect(loadTrail(saveTrail(trail))).toEqual(trail)
  })
})
