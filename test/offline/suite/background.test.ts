import { describe, expect, it } from 'vitest'
import { parseRegistry } from '../../../src/agent/registry.ts'
import type { Mode } from '../../../src/engine.ts'
import { Replay } from '../../../src/offline/replay.ts'
import { registerAll } from '../../../src/offline/simulate/registry.ts'
import { backgroundOf } from '../../../src/offline/suite/background.ts'

const OPTIONS = { threshold: { falseAgentDaysPerThousand: 20 }, partitions: 3 }
const SIZE = { agents: 10, learnedDays: 5, judgedDays: 3, pace: 0.3 }
const ALERTING: Mode = { isAlerting: true, frozenMs: undefined }
const registryOf = (company: ReturnType<typeof background.found>) =>
  parseRegistry(JSON.stringify(registerAll(company.world))).registry
const background = backgroundOf(
  { ...SIZE, seed: 4, judgedFrom: '2026-06-15' },
  OPTIONS,
  (company) => parseRegistry(JSON.stringify(registerAll(company.world))).registry,
)

describe('a background', () => {
  it('ends learning where judging begins, in order of arrival', () => {
    const { delivered, learned, judgedMs, startMs, endMs } = background
    expect([judgedMs - startMs, endMs - judgedMs]).toEqual([5 * 86_400_000, 3 * 86_400_000])
    expect(learned).toBeGreaterThan(500)
    expect(delivered[learned - 1]!.arrivesMs).toBeLessThan(judgedMs)
    expect(delivered[learned]!.arrivesMs).toBeGreaterThanOrEqual(judgedMs)
    const arrivals = delivered.map(({ arrivesMs }) => arrivesMs)
    expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b))
  })

  it('goes on from a copy as if it had never been left, however often', () => {
    const { delivered, learned } = background
    const registry = registryOf(background.found())
    const straight = new Replay({ ...OPTIONS, registry })
    for (let at = 0; at < learned; at++) {
      straight.take(delivered[at]!.event, { isAlerting: false, frozenMs: undefined })
    }
    straight.settle()
    const scoresIn = (replay: Replay) =>
      delivered.slice(learned).map(({ event }) => replay.take(event, ALERTING)?.score)
    const expected = scoresIn(straight)
    expect(expected.filter((score) => score !== undefined && score > 0).length).toBeGreaterThan(50)
    for (let time = 0; time < 2; time++) {
      expect(scoresIn(background.resume({ ...OPTIONS, registry }))).toEqual(expected)
    }
  })
})
