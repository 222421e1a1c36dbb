import { describe, expect, it } from 'vitest'
import type { Readings } from '../../src/baselines/index.ts'
import { NOT_LONE, NOT_SHARED, type Population } from '../../src/detectors/detector.ts'
import { shadowAgent } from '../../src/detectors/shadow-agent.ts'
import { eventOf } from '../support/life.ts'

const KEPT: Population = { agents: 200, unregistered: 0, outOfService: 0, lookAlikes: 0 }
const NOTHING = {
  double: undefined,
  findings: new Float64Array(0),
  model: undefined,
  lone: NOT_LONE,
  shared: NOT_SHARED,
}
const bot = (status: string) => ({ id: 'bot', status })

/** What it says of an agent that the registry has with this status, or does not have. */
function natsOf(status: string | undefined, population: Partial<Population> = {}): number {
  const registered = status === undefined ? undefined : bot(status)
  const standing = {
    registry: new Map([['other', bot('active')]]),
    registered,
    events: 100,
    population: { ...KEPT, ...population },
    ...NOTHING,
  }
  return shadowAgent.judge({} as Readings, eventOf(), standing)!
}

describe('shadow agent', () => {
  it('cannot tell without a registry', () => {
    const unvouched = { registry: undefined, registered: undefined, events: 1 }
    const standing = { ...unvouched, population: KEPT, ...NOTHING }
    expect(shadowAgent.judge({} as Readings, eventOf(), standing)).toBeUndefined()
  })

  it('finds nothing in an agent that is registered', () => {
    expect(natsOf('active')).toBe(0)
    expect(natsOf('active', { unregistered: 50 })).toBe(0)
  })

  it('finds more in one unregistered agent of a kept tenant than in one of many', () => {
    expect(natsOf(undefined, { unregistered: 1 })).toBeGreaterThan(
      natsOf(undefined, { unregistered: 100 }),
    )
    expect(natsOf(undefined, { unregistered: 100 })).toBeGreaterThan(0)
  })

  it('finds more in a strange agent the more agents are not', () => {
    expect(natsOf(undefined, { agents: 2000 })).toBeGreaterThan(natsOf(undefined))
    expect(natsOf('retired', { agents: 2000 })).toBeGreaterThan(natsOf('retired'))
  })

  it('finds less in one that is out of service than in one that was never registered', () => {
    for (const status of ['retired', 'disabled', 'inactive', 'decommissioned', 'deleted']) {
      expect(natsOf(status)).toBeGreaterThan(0)
      expect(natsOf(status)).toBeLessThan(natsOf(undefined))
    }
    expect(natsOf('retired', { outOfService: 20 })).toBeLessThan(natsOf('retired'))
  })

  it('finds nothing below 0, however many are out of service', () => {
    expect(natsOf('retired', { outOfService: 1e6 })).toBe(0)
  })

  it('answers for an agent, and so for each of its days', () => {
    expect(shadowAgent.isOfDay).toBe(true)
  })
})
