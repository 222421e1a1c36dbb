import { describe, expect, it } from 'vitest'
import { random } from '../../../src/math/random.ts'
import { HOUR_MS, wallTime } from '../../../src/offline/simulate/clock.ts'
import { hire } from '../../../src/offline/simulate/people.ts'
import { populate } from '../../../src/offline/simulate/population.ts'
import { workIn } from '../../../src/offline/simulate/sessions.ts'
import type { SimulatedAgent, World } from '../../../src/offline/simulate/world.ts'

const startMs = Date.parse('2026-03-02T00:00:00Z')
const endMs = startMs + 14 * 24 * HOUR_MS
const rng = random('rhythm')
const people = hire(80, startMs, 14, rng.fork('people'))
const agents = populate(90, { startMs, endMs, people, rng })
const world: World = { seed: 1, tenant: undefined, startMs, endMs, pace: 1, people, agents, rng }

const named = (...names: string[]) =>
  agents.filter(({ blueprint }) => names.includes(blueprint.name))

/** Sessions' first moments, as local hours, in a span of days. */
function hoursOf(agent: SimulatedAgent, fromDay: number, toDay: number): number[] {
  const hours: number[] = []
  for (let hour = fromDay * 24; hour < toDay * 24; hour++)
    for (const { atMs } of workIn(world, agent, startMs + hour * HOUR_MS))
      hours.push(wallTime(agent.zone, atMs).hour)
  return hours
}

describe('rhythm', () => {
  it('is the same whenever it is asked', () => {
    const [agent] = named('sales-copilot')
    const once = workIn(world, agent!, startMs + 10 * HOUR_MS)
    workIn(world, agent!, startMs + 11 * HOUR_MS)
    expect(workIn(world, agent!, startMs + 10 * HOUR_MS)).toEqual(once)
  })

  it('keeps office hours on the local clock, before and after it changes', () => {
    const american = named(
      'sales-copilot',
      'code-reviewer',
      'office-copilot',
      'invoice-payer',
    ).filter(({ zone }) => zone.startsWith('America'))
    expect(american.length).toBeGreaterThan(0)
    const share = (from: number, to: number) => {
      const hours = american.flatMap((agent) => hoursOf(agent, from, to))
      return hours.filter((hour) => hour >= 8 && hour < 19).length / hours.length
    }
    // The clocks go forward on 8 March, the seventh day.
    expect(share(1, 5)).toBeGreaterThan(0.7)
    expect(share(8, 12)).toBeGreaterThan(0.7)
  })

  it('rests at weekends where people do', () => {
    const office = named('sales-copilot', 'staff-helper', 'marketing-writer')
    const weekend = office.flatMap((agent) => hoursOf(agent, 5, 7)).length
    const weekdays = office.flatMap((agent) => hoursOf(agent, 0, 5)).length
    expect(weekend).toBeLessThan(weekdays * 0.15)
  })

  it('polls around the clock', () => {
    for (const agent of named('uptime-poller'))
      expect(new Set(hoursOf(agent, 0, 2)).size).toBeGreaterThanOrEqual(20)
  })

  it('runs agents when others call them', () => {
    const callers = new Set(named('document-worker').flatMap((agent) => agent.callers))
    expect(callers.size).toBeGreaterThan(0)
    const worker = named('document-worker').find((agent) => agent.callers.length > 0)!
    const kinds = new Set<string>()
    for (let hour = 0; hour < 48; hour++)
      for (const { event } of workIn(world, worker, startMs + hour * HOUR_MS))
        if (event.trigger?.id !== undefined) kinds.add(event.trigger.id)
    expect([...callers].some(({ id }) => kinds.has(id))).toBe(true)
  })
})
