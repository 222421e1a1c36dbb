/** What was measured, as docs/results.md and as the block of the README. */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Evaluation } from '../src/offline/evaluate.ts'
import { row, speedOf } from './speed-table.ts'

export interface Result {
  readonly seed: number
  readonly name: string
  readonly evaluation: Evaluation
}

const BLOCK = /(?<=<!-- results:begin -->\n)[\s\S]*?(?=<!-- results:end -->)/
const HEAD = `| | incidents found at 5 false agent-days per 1,000 | at 1 per 1,000 | event average precision |
|---|---|---|---|`
const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length
const shares = ({ evaluation: { budgets, averagePrecision } }: Result) => [
  ...budgets.map(({ found, attacks }) => found / attacks),
  averagePrecision,
]
const cells = (numbers: readonly number[]) =>
  numbers.map((n, at) => (at < numbers.length - 1 ? `${(100 * n).toFixed(0)} %` : n.toFixed(3)))

function meansOf(results: readonly Result[]): string {
  const names = [...new Set(results.map(({ name }) => name))]
  const rows = names.map((name) => {
    const all = results.filter((result) => result.name === name).map(shares)
    return row(name, cells(all[0]!.map((_, at) => mean(all.map((one) => one[at]!)))))
  })
  return [HEAD, ...rows].join('\n')
}

export function pageOf(results: readonly Result[]): string {
  const seeds = [...new Set(results.map(({ seed }) => seed))].join(', ')
  const own = results.filter(({ name }) => name === 'perimeter')
  const tenants = own.map(({ seed, evaluation: { events, agentDays, budgets } }) => {
    const size = [events, agentDays, budgets[0]!.attacks].map((n) => n.toLocaleString('en'))
    const delays = budgets.map(({ found, medianTimeToDetectMs: ms }) =>
      ms === undefined ? `${found}` : `${found}, after ${(ms / 60_000).toFixed(1)} min`,
    )
    return row(seed, [...size, ...delays])
  })
  const when = `${new Date().toISOString().slice(0, 10)}, ${process.version}, ${cpus()[0]?.model.trim()}`
  return `# Results\n\nWritten by \`npx tsx scripts/record-results.ts\`, never by hand: ${when}. Simulated
tenants with seeds ${seeds}, scored from their first event on with nothing configured. Unlearned\ndays count. The floors are \`constant\`, \`random\` and a plain z-score.\n
## Mean over the tenants\n\n${meansOf(results)}\n
## Tenant by tenant\n\n| seed | events | agent-days | incidents | found at 5 per 1,000 | at 1 |
|---|---|---|---|---|---|\n${tenants.join('\n')}\n${speedOf('## Speed and size\n\n')}`
}

export function writePages(results: readonly Result[]): void {
  writeFileSync(new URL('../docs/results.md', import.meta.url), pageOf(results))
  const readme = new URL('../README.md', import.meta.url)
  const block = `${meansOf(results)}\n${speedOf('')}`
  writeFileSync(
    readme,
    readFileSync(readme, 'utf8').replace(BLOCK, () => block),
  )
}
