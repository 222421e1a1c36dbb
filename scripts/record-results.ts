/**
 * Measures detection on generated tenants and writes docs/results.md and the block in the README.
 * `--seeds 11,12 --agents 20 --days 14 --dry` measures less and only prints.
 */
import { parseArgs } from 'node:util'
import { parseRegistry } from '../src/agent/registry.ts'
import { chosenModel } from '../src/cli/model.ts'
import { parseConfig } from '../src/config.ts'
import type { RawEvent } from '../src/event/event.ts'
import { parseEvent } from '../src/event/parse.ts'
import { type Competitor, constant, randomly, zScore } from '../src/offline/competitors.ts'
import { evaluate, type ScoredEvent } from '../src/offline/evaluate.ts'
import { Replay } from '../src/offline/replay.ts'
import { type Simulation, simulate } from '../src/offline/simulate/simulate.ts'
import { pageOf, type Result, writePages } from './results-page.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { seeds: text, agents: text, days: text, attacks: text, dry: { type: 'boolean' } },
})
const seeds = (values.seeds ?? '11,12,13,14,15').split(',').map(Number)
const given = { agents: values.agents, days: values.days, attacks: values.attacks }
const options = Object.fromEntries(
  Object.entries(given).flatMap(([name, value]) => (value ? [[name, Number(value)]] : [])),
)

function contenders({ registry }: Simulation, seed: number): Record<string, Competitor> {
  const perimeter = (events: Iterable<RawEvent>) => scoresOf(events, JSON.stringify(registry))
  return { perimeter, 'z-score': zScore, random: randomly(seed), constant }
}

/** As `perimeter scan` scores them, from the first event on and with nothing configured. */
function* scoresOf(events: Iterable<RawEvent>, registry: string): Iterable<ScoredEvent> {
  const { threshold, stream } = parseConfig({})
  const { partitions } = stream
  const known = parseRegistry(registry).registry
  const replay = new Replay({ threshold, partitions, registry: known, model })
  for (const raw of events) {
    const parsed = parseEvent(raw)
    if ('reject' in parsed) throw new RangeError(`${parsed.reject.path}: ${parsed.reject.reason}`)
    const { event } = parsed
    const verdict = replay.take(event, { isAlerting: true, frozenMs: undefined })
    if (verdict === undefined) continue
    yield { id: event.id, agent: event.agent.id, time: event.atMs, score: verdict.score }
  }
}

const model = await chosenModel(undefined)
const results: Result[] = []
for (const seed of seeds) {
  for (const [name, compete] of Object.entries(contenders(simulate({ seed, ...options }), seed))) {
    const { events, labels } = simulate({ seed, ...options }) // events can be read once only
    const evaluation = evaluate(compete(events), labels)
    results.push({ seed, name, evaluation })
    const found = evaluation.budgets.map((budget) => `${budget.found}/${budget.attacks}`)
    console.error(`seed ${seed}, ${name}: found ${found.join(' and ')}`)
  }
}
if (values.dry) console.log(pageOf(results))
else writePages(results)
