/** Measures one generated tenant: the engine, and all that one could pick instead, on the same events. */
import { parseRegistry } from '../src/agent/registry.ts'
import { parseConfig } from '../src/config.ts'
import type { Model } from '../src/detectors/autoencoder/model.ts'
import { parseEvent } from '../src/event/parse.ts'
import { type Competitor, constant, randomly, zScore } from '../src/offline/competitors.ts'
import { isolationForest } from '../src/offline/isolation-forest.ts'
import { Replay } from '../src/offline/replay.ts'
import { contenderOf } from '../src/offline/report.ts'
import { scoreTable } from '../src/offline/score-table.ts'
import { type SimulateOptions, simulate } from '../src/offline/simulate/simulate.ts'
import type { Result } from './results-page.ts'

/** As `perimeter scan` scores them, from the first event on and with nothing configured. */
export function measureTenant(simulated: SimulateOptions, model: Model | undefined): Result[] {
  const { seed } = simulated
  const { registry: entries, events, labels } = simulate(simulated)
  const { registry } = parseRegistry(JSON.stringify(entries))
  const { threshold, stream } = parseConfig({})
  const replay = new Replay({ threshold, partitions: stream.partitions, registry, model })
  const rivals: Record<string, Competitor> = {
    'isolation forest': isolationForest(seed),
    'z-score': zScore(),
    random: randomly(seed),
    constant: constant(),
  }
  const table = scoreTable()
  const own: number[] = []
  for (const raw of events) {
    const parsed = parseEvent(raw)
    if ('reject' in parsed) throw new RangeError(`${parsed.reject.path}: ${parsed.reject.reason}`)
    const { id, agent, atMs, session } = parsed.event
    const verdict = replay.take(parsed.event, { isAlerting: true, frozenMs: undefined })
    if (verdict === undefined) continue
    table.add({ id, agent: agent.id, time: atMs, session })
    own.push(verdict.score)
    for (const name in rivals) rivals[name]!.take(parsed.event)
  }
  const columns = Object.entries(rivals).map(
    ([name, rival]) => [name, [...rival.scores()]] as const,
  )
  const truth = { attacks: labels, sessions: undefined }
  return [['perimeter', own] as const, ...columns].map(([name, column]) => {
    const contender = contenderOf(name, table, column, truth, seed)
    const found = contender.evaluation.budgets.map((budget) => `${budget.found}/${budget.attacks}`)
    console.error(`seed ${seed}, ${name}: found ${found.join(' and ')}`)
    return { seed, contender }
  })
}
