import { describe, expect, it } from 'vitest'
import type { RegisteredAgent } from '../../src/agent/registry.ts'
import type { Readings } from '../../src/baselines/index.ts'
import { beyondPurpose } from '../../src/detectors/beyond-purpose.ts'
import { NOT_LONE, NOT_SHARED } from '../../src/detectors/detector.ts'
import type { RawEvent } from '../../src/event/event.ts'
import { eventOf } from '../support/life.ts'

/** What the agent does where it does it: new to all, new to it alone, or its habit. */
const readingsOf = (use: { isNew: boolean; isKnownToPeers: boolean }) =>
  ({ resources: { use } }) as unknown as Readings
const UNKNOWN = readingsOf({ isNew: true, isKnownToPeers: false })
const CUSTOM = readingsOf({ isNew: true, isKnownToPeers: true })
const HABIT = readingsOf({ isNew: false, isKnownToPeers: true })

const population = { agents: 50, unregistered: 0, outOfService: 0, lookAlikes: 0 }
const ask = (
  agent: Partial<RegisteredAgent>,
  fields: Partial<RawEvent> = {},
  readings: Readings = UNKNOWN,
) => {
  const registered = { id: 'bot', status: 'active', ...agent }
  const registry = new Map([['bot', registered]])
  const unsaid = { double: undefined, model: undefined, lone: NOT_LONE, shared: NOT_SHARED }
  const nothing = { ...unsaid, findings: new Float64Array(0) }
  const standing = { registry, registered, events: 100, population, ...nothing }
  const event = eventOf(fields)
  return {
    nats: beyondPurpose.judge(readings, event, standing),
    ...beyondPurpose.explain(readings, event, standing),
  }
}

describe('beyond purpose', () => {
  it('finds nothing where the registry says nothing, or the event fits', () => {
    expect(ask({}).nats).toBe(0)
    expect(ask({ purpose: { actions: ['files.*'], resources: ['sites/*'] } }).nats).toBe(0)
  })

  it('finds more the more is breached', () => {
    const one = ask({ purpose: { actions: ['mail.*'] } }).nats!
    const two = ask({ purpose: { actions: ['mail.*'], resources: ['mailbox/*'] } }).nats!
    expect(one).toBeGreaterThan(0)
    expect(two).toBeGreaterThan(one)
  })

  it('finds less in what its peers do, and least in what it has long been doing itself', () => {
    const nats = (readings: Readings) =>
      ask({ purpose: { actions: ['mail.*'] } }, {}, readings).nats!
    expect(nats(UNKNOWN)).toBeGreaterThan(nats(CUSTOM))
    expect(nats(CUSTOM)).toBeGreaterThan(nats(HABIT))
    expect(nats(HABIT)).toBeGreaterThan(0)
  })

  it('says what was expected and what was seen', () => {
    const { expected, seen } = ask({ purpose: { actions: ['mail.*'], resources: ['mailbox/*'] } })
    expect(expected).toBe('mail.* on mailbox/*')
    expect(seen).toBe('files.read on sites/finance/report.xlsx')
  })

  it('does not say that anything was expected of an agent to whom nothing is allowed', () => {
    const forbidden = ask({ purpose: { actions: [], resources: [] } })
    expect(forbidden.nats).toBeGreaterThan(0)
    expect(forbidden.expected).not.toContain('anything')
    const ungranted = ask({ granted: [] }, { permission: { used: 'Files.Read' } })
    expect(ungranted.nats).toBeGreaterThan(0)
    expect(ungranted.expected).not.toContain('anything')
  })
})
