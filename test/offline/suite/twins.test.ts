import { describe, expect, it } from 'vitest'
import { random } from '../../../src/math/random.ts'
import { DAY_MS, offsetMs } from '../../../src/offline/simulate/clock.ts'
import { arrivals } from '../../../src/offline/simulate/deliver.ts'
import { foundCompany } from '../../../src/offline/simulate/found-company.ts'
import {
  CALENDARS,
  type Calendar,
  plannedMs,
  type Twin,
  twins,
} from '../../../src/offline/suite/twins.ts'

function planned({ plan }: Twin, calendar: Calendar) {
  const judgedMs = Date.parse(CALENDARS[calendar])
  const start = new Date(judgedMs - 7 * DAY_MS).toISOString().slice(0, 10)
  const company = foundCompany({ seed: 3, agents: 36, days: 27, start, pace: 0.1 })
  const oddities = plan({ company, rng: random(1), judgedMs, atMs: plannedMs(judgedMs) })
  return { company, oddities, judgedMs }
}
const named = (name: string) => twins.find((twin) => twin.name === name)!

describe('twins', () => {
  it('are sixteen, each under a number and a name of its own', () => {
    expect(twins.map(({ number }) => number)).toEqual(Array.from({ length: 16 }, (_, n) => n + 1))
    expect(new Set(twins.map(({ name }) => name)).size).toBe(16)
  })

  it.each(
    twins.flatMap((twin) =>
      twin.calendars.map((calendar) => ({ twin, calendar, name: twin.name })),
    ),
  )('$name in $calendar concerns agents while they are judged', ({ twin, calendar }) => {
    const { oddities, judgedMs, company } = planned(twin, calendar)
    const known = new Set(company.population.map(({ id }) => id))
    expect(oddities.flatMap(({ agents }) => agents).length).toBeGreaterThan(0)
    for (const { agents, startMs, endMs } of oddities) {
      for (const id of agents) expect(known.has(id)).toBe(true)
      expect(endMs).toBeGreaterThan(judgedMs)
      expect(startMs).toBeLessThan(company.world.endMs)
    }
  })

  it('hold a change of clocks in both directions', () => {
    const shifts = named('clock-change').calendars.map((calendar) => {
      const { company, oddities } = planned(named('clock-change'), calendar)
      const { startMs, agents } = oddities[0]!
      const zones = company.population
        .filter(({ id }) => agents.includes(id))
        .map(({ zone }) => zone)
      const changes = zones.map(
        (zone) => offsetMs(zone, startMs + DAY_MS) - offsetMs(zone, startMs),
      )
      return [...new Set(changes)]
    })
    expect(shifts).toEqual([[3_600_000], [-3_600_000]])
  })

  it('deploy a version and a model that nobody had before', () => {
    const { company, oddities } = planned(named('approved-deploy'), 'ordinary')
    const agents = company.population.filter(({ id }) =>
      oddities.some((odd) => odd.agents.includes(id)),
    )
    for (const { releases, changes } of agents) {
      expect(releases.at(-1)!.fromMs).toBe(changes.at(-1)!.fromMs)
      const versions = releases.map(({ agent }) => agent.version)
      if (versions[0] !== undefined) expect(versions.slice(0, -1)).not.toContain(versions.at(-1))
    }
  })

  it('set clocks wrong by minutes and leave arrivals as they were', () => {
    const { company, oddities } = planned(named('clock-skew'), 'ordinary')
    const [{ agents, startMs, endMs }] = oddities as [(typeof oddities)[number]]
    const differences = [...arrivals(company.world, [], [])]
      .filter(({ agent, atMs }) => agents.includes(agent.id) && atMs >= startMs && atMs < endMs)
      .map(({ event, atMs }) => Math.abs(new Date(event.time).getTime() - atMs))
    expect(differences.length).toBeGreaterThan(10)
    for (const difference of differences) expect(difference).toBeGreaterThan(60_000)
  })
})
