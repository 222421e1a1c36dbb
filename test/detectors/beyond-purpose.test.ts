import { describe, expect, it } from 'vitest'
import type { RegisteredAgent } from '../../src/agent/registry.ts'
import type { Readings } from '../../src/baselines/index.ts'
import { beyondPurpose } from '../../src/detectors/beyond-purpose.ts'
import type { RawEvent } from '../../src/event/event.ts'
import { eventOf } from '../support/life.ts'

const noReadings = {} as Readings
const ask = (agent: Partial<RegisteredAgent>, fields: Partial<RawEvent> = {}) => {
  const registered = { id: 'bot', status: 'active', ...agent }
  const standing = { registry: new Map([['bot', registered]]), registered, events: 100 }
  const event = eventOf(fields)
  return {
    nats: beyondPurpose.judge(noReadings, event, standing),
    ...beyondPurpose.explain(noReadings, event, standing),
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
