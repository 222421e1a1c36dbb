/**
 * Runs storms, one after another, until each seed has had its own; fails where one differs from an
 * offline run. `--runs 20`, `--seed 7` for one alone, `--from 1` for the first, `--kills 11` in each.
 */
import { parseArgs } from 'node:util'
import { storm } from '../test/live/faults/storm.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { runs: text, seed: text, from: text, kills: text } })
const from = Number(values.seed ?? values.from ?? 1)
const runs = values.seed === undefined ? Number(values.runs ?? 20) : 1
const kills = Number(values.kills ?? 11)
const faults = { kill: kills, freeze: 3, add: 1, remove: 1, 'restart redis': 2, cut: 2 }

const failed: number[] = []
let killed = 0
for (let seed = from; seed < from + runs; seed++) {
  const report = await storm({ seed, faults })
  killed += report.kills
  console.log(JSON.stringify(report))
  if (report.differences.length > 0) failed.push(seed)
}
console.log(`${runs} runs, ${killed} kills, ${failed.length} differ`)
if (failed.length > 0) {
  console.log(failed.map((seed) => `again: npm run soak -- --seed ${seed}`).join('\n'))
  process.exitCode = 1
}
