/**
 * Measures detection on generated tenants and writes docs/results.md and the block in the README.
 * `--seeds 11-20,31 --agents 20 --days 14 --dry` measures others, less of them, and only prints.
 */
import { parseArgs } from 'node:util'
import { parseRegistry } from '../src/agent/registry.ts'
import { parseConfig } from '../src/config.ts'
import { parseEvent } from '../src/event/parse.ts'
import { type Competitor, constant, randomly, zScore } from '../src/offline/competitors.ts'
import { isolationForest } from '../src/offline/isolation-forest.ts'
import { Replay } from '../src/offline/replay.ts'
import { contenderOf } from '../src/offline/report.ts'
import { scoreTable } from '../src/offline/score-table.ts'
import { type SimulateOptions, simulate } from '../src/offline/simulate/simulate.ts'
import { pageOf, type Result, writePages } from './results-page.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { seeds: text, agents: text, days: text, attacks: text, dry: { type: 'boolean' } },
})
const seeds = (values.seeds ?? '11-20').split(',').flatMap((part) => {
  const [first, last = first] = part.split('-').map(Number)
  return Array.from({ length: last! - first! + 1 }, (_, n) => first! + n)
})
const given = { agents: values.agents, days: values.days, attacks: values.attacks }
const options = Object.fromEntries(
  Object.entries(given).flatMap(([name, value]) => (value ? [[name, Number(value)]] : [])),
)

/** As `perimeter scan` scores them, from the first event on and with nothing configured. */
function resultsOf(simulated: SimulateOptions): Result[] {
  const { seed } = simulated
  const { registry: entries, events, labels } = simulate(simulated)
  const { registry } = parseRegistry(JSON.stringify(entries))
  const { threshold, stream } = parseConfig({})
  const replay = new Replay({ threshold, partitions: stream.partitions, registry })
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
  const scores = { perimeter: own, ...mapped(rivals, (rival) => [...rival.scores()]) }
  const truth = { attacks: labels, sessions: undefined }
  return Object.entries(scores).map(([name, column]) => {
    const contender = contenderOf(name, table, column, truth, seed)
    const found = contender.evaluation.budgets.map((budget) => `${budget.found}/${budget.attacks}`)
    console.error(`seed ${seed}, ${name}: found ${found.join(' and ')}`)
    return { seed, contender }
  })
}

const mapped = <A, B>(record: Readonly<Record<string, A>>, each: (value: A) => B) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, each(value)]))

const results = seeds.flatMap((seed) => resultsOf({ seed, ...options }))
if (values.dry) console.log(pageOf(results))
else writePages(results)
