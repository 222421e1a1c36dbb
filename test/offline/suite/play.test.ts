import { describe, expect, it } from 'vitest'
import { parseRegistry } from '../../../src/agent/registry.ts'
import { DAY_MS, HOUR_MS } from '../../../src/offline/simulate/clock.ts'
import { registerAll } from '../../../src/offline/simulate/registry.ts'
import { attackVariants, runAttack } from '../../../src/offline/suite/attack-runs.ts'
import { backgroundOf } from '../../../src/offline/suite/background.ts'
import { play } from '../../../src/offline/suite/play.ts'

const OPTIONS = { threshold: { falseAgentDaysPerThousand: 1000 }, partitions: 3 }
const background = backgroundOf(
  { agents: 12, learnedDays: 4, judgedDays: 8, pace: 0.3, seed: 4, judgedFrom: '2026-06-15' },
  OPTIONS,
  ({ world }) => parseRegistry(JSON.stringify(registerAll(world))).registry,
)
const { judgedMs } = background
const nothing = { attacks: [], silences: [], registered: [], changed: [], fromMs: judgedMs }
const untilMs = judgedMs + 2 * DAY_MS

/** With a budget of everything each event alerts, so that alerts tell which events there were. */
const eventsOf = (plot: Partial<Parameters<typeof play>[1]> = {}) => {
  const { told } = play(
    background,
    { ...nothing, company: background.found(), untilMs, ...plot },
    OPTIONS,
  )
  return new Map(told.map(({ alert }) => [alert.agent.id, alert.eventCount]))
}
const busiest = [...eventsOf()].reduce((most, entry) => (entry[1] > most[1] ? entry : most))[0]

describe('play', () => {
  it('makes the same events for agents that are made anew without a change', () => {
    const company = background.found()
    expect(eventsOf({ company, changed: company.population })).toEqual(eventsOf())
  })

  it('leaves out an agent in its silence and nobody else', () => {
    const company = background.found()
    const agent = company.population.find(({ id }) => id === busiest)!
    const silences = [{ agent, fromMs: judgedMs - DAY_MS, toMs: untilMs }]
    const rest = eventsOf({ company, silences })
    const others = new Map([...eventsOf()].filter(([id]) => id !== busiest))
    expect(rest.has(busiest)).toBe(false)
    expect([...rest.keys()].sort()).toEqual([...others.keys()].sort())
  })

  it('delivers late what is held back', () => {
    const company = background.found()
    const agent = company.population.find(({ id }) => id === busiest)!
    agent.changes.push({ fromMs: judgedMs, toMs: judgedMs + DAY_MS, held: true })
    const early = { untilMs: judgedMs + DAY_MS - HOUR_MS }
    expect(eventsOf({ ...early, company, changed: [agent] }).has(busiest)).toBe(false)
    expect(eventsOf({ company, changed: [agent] }).has(busiest)).toBe(true)
  })
})

describe('attack runs', () => {
  it('judge every malicious event, in an ordinary week, while learning and from a backlog', () => {
    const variants = attackVariants(false).filter(({ scenario }) => scenario.number === 3)
    expect(new Set(variants.map(({ setting }) => setting)).size).toBe(3)
    for (const variant of variants.filter(({ spreadMs }) => spreadMs < DAY_MS)) {
      const run = runAttack(background, variant, OPTIONS)
      expect(run.events).toBeGreaterThan(3)
      expect(run.severity).toBeDefined() // with such a budget all is alerted on
      expect(run.judged).toHaveLength(run.events)
    }
  })

  it('cover all scenarios, every intensity at every spread that the scenario names', () => {
    const full = attackVariants(false)
    expect(new Set(full.map(({ scenario }) => scenario.number)).size).toBe(32)
    for (const { scenario } of attackVariants(true)) {
      const its = full.filter((variant) => variant.scenario === scenario)
      expect(its).toHaveLength(3 * scenario.spreadsMs.length + 2)
    }
  })
})
