import { describe, expect, it } from 'vitest'
import type { RawEvent } from '../../../../src/event/event.ts'
import { scenarios } from '../../../../src/offline/simulate/attacks/plan.ts'
import { simulate } from '../../../../src/offline/simulate/simulate.ts'

const tenant = simulate({ seed: 11, agents: 60, days: 16, attacks: 64, pace: 0.3 })
const byId = new Map<string, RawEvent>()
for (const event of tenant.events) byId.set(event.id, event)
const eventsOf = (name: string) =>
  tenant.labels
    .filter(({ scenario }) => scenario === name)
    .flatMap((label) => label.events.map((id) => byId.get(id)!))

describe('attacks', () => {
  it('covers the whole table of scenarios', () => {
    expect(scenarios.map(({ number }) => number)).toEqual(
      Array.from({ length: 32 }, (_, n) => n + 1),
    )
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(32)
    const twice = new Map<number, number>()
    for (const { scenarioNumber } of tenant.labels)
      twice.set(scenarioNumber, (twice.get(scenarioNumber) ?? 0) + 1)
    for (const { number } of scenarios) expect(twice.get(number)).toBe(2)
  })

  it('comes at every intensity and mostly late', () => {
    expect(new Set(tenant.labels.map(({ intensity }) => intensity))).toEqual(new Set([1, 2, 5]))
    const startMs = Date.parse('2026-02-02T00:00:00Z')
    const third = (16 * 86_400_000) / 3
    const early = tenant.labels.filter((label) => label.startMs < startMs + third)
    expect(early.length / tenant.labels.length).toBeLessThan(0.3)
  })

  it('delivers what it labels', () => {
    for (const label of tenant.labels)
      for (const id of label.events) expect(byId.has(id)).toBe(true)
  })

  it('is denied when it probes', () => {
    expect(eventsOf('access-probing').some(({ outcome }) => outcome === 'denied')).toBe(true)
  })

  it('has shadow agents that no registry knows', () => {
    const registered = new Set(tenant.registry.map(({ id }) => id))
    for (const event of eventsOf('shadow-agent')) expect(registered.has(event.agent.id)).toBe(false)
  })

  it('moves several agents at once in a cascade', () => {
    expect(new Set(eventsOf('cascade').map(({ agent }) => agent.id)).size).toBeGreaterThanOrEqual(5)
  })

  it('silences an agent before it wakes', () => {
    const label = tenant.labels.find(({ scenario }) => scenario === 'dormant-wakes')!
    const own = [...byId.values()].filter(({ agent }) => agent.id === label.agent)
    const malicious = new Set(tenant.labels.flatMap(({ events }) => events))
    const honest = own
      .filter(({ id }) => !malicious.has(id))
      .map(({ time }) => new Date(time).getTime())
    expect(Math.max(...honest, 0)).toBeLessThan(label.startMs)
  })
})
