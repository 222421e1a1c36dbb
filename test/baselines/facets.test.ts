/** The baselines of categories: resources, origin and authority. */
import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/agent/context.ts'
import type { FacetReading } from '../../src/baselines/facet.ts'
import type { FacetReadings } from '../../src/baselines/facets.ts'
import type { Event } from '../../src/event/event.ts'
import {
  type AnyBaseline,
  eventOf,
  learnAll,
  memoryOf,
  momentsOf,
  nobody,
  routine,
  START_MS,
  shelf,
} from '../support/life.ts'
import { type Fields, things } from './cases.ts'

const cases = Object.entries(things).flatMap(([name, facets]) =>
  Object.entries(facets).map(([facet, [odd, usual, added = {}]]) => ({
    name,
    facet,
    odd,
    usual,
    added,
  })),
)

const baselineOf = (name: string): AnyBaseline => shelf.find(([one]) => one === name)![1]
const moment = (fields: Fields) =>
  momentsOf([eventOf({ atMs: START_MS + 12 * DAY_MS, ...fields })])[0]!

describe.each(cases)('$name: $facet', ({ name, facet, odd, usual, added }) => {
  const baseline = baselineOf(name)
  const memory = memoryOf(baseline, momentsOf(routine(12, 1, added)))
  const read = (fields: Fields, kin = nobody(baseline)): FacetReading =>
    (baseline.read(memory, kin, moment(fields)) as Record<string, FacetReading>)[facet]!

  it('tells the new from the known', () => {
    expect(read(odd)).toMatchObject({ isNew: true, isKnownToPeers: false })
    expect(read(usual).isNew).toBe(false)
    expect(read(odd).nats).toBeGreaterThanOrEqual(read(usual).nats)
    expect(read(usual).known).toBeGreaterThan(0)
  })

  it('finds less in what peers know than in what nobody does', () => {
    // Where colleagues share what they do, a thing that none of them does is strange.
    const colleagues = (lives: readonly Event[][]) => {
      const group = baseline.blank('group')
      for (const life of lives) {
        learnAll(baseline, baseline.blank('agent'), momentsOf(life), [group])
      }
      return group
    }
    const usual = [8, 9, 10].map((seed) => routine(2, seed, added))
    const unknowing = colleagues(usual)
    const met = eventOf({ atMs: START_MS + 3 * DAY_MS, ...odd })
    const knowing = colleagues([...usual.slice(1), [...usual[0]!, met]])
    const of = (tenant: unknown) => read(odd, { blueprint: undefined, tenant })
    expect(of(knowing).isKnownToPeers).toBe(true)
    expect(of(knowing).nats).toBeLessThan(of(unknowing).nats)
  })
})

it('every facet has its case', () => {
  for (const [name, facets] of Object.entries(things)) {
    const { inOrder, ...rest } = baselineOf(name).blankReading() as FacetReadings<string>
    // What a baseline reads besides is a number.
    const named = Object.keys(rest).filter((key) => typeof rest[key] === 'object')
    expect(Object.keys(facets).sort()).toEqual(named.sort())
    expect(inOrder).toHaveLength(named.length)
  }
})
