/** What was measured, as docs/results.md and as the block of the README. */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Contender } from '../src/offline/report.ts'
import { writeBenchPlots } from './bench-plots.ts'
import { meansOf } from './results-means.ts'
import { speedPageOf } from './speed-page.ts'
import { row, speedOf } from './speed-table.ts'

export interface Result {
  readonly seed: number
  readonly contender: Contender
}

const BLOCK = /(?<=<!-- results:begin -->\n)[\s\S]*?(?=<!-- results:end -->)/
export function pageOf(results: readonly Result[]): string {
  const seeds = [...new Set(results.map(({ seed }) => seed))].join(', ')
  const own = results.filter(({ contender }) => contender.name === 'perimeter')
  const tenants = own.map(({ seed, contender: { evaluation, intervals } }) => {
    const { events, agentDays, budgets } = evaluation
    const size = [events, agentDays, budgets[0]!.attacks].map((n) => n.toLocaleString('en'))
    const found = budgets.map(({ found, attacks, medianTimeToDetectMs: ms }, at) => {
      const ends = intervals.found[at]!.map((end) => Math.round(end * attacks)).join('–')
      return `${found} (${ends})${ms === undefined ? '' : `, after ${(ms / 60_000).toFixed(1)} min`}`
    })
    return row(seed, [...size, ...found])
  })
  const when = `${new Date().toISOString().slice(0, 10)}, ${process.version}, ${cpus()[0]?.model.trim()}`
  return `# Results\n\nWritten by \`npx tsx scripts/record-results.ts\`, never by hand: ${when}. Simulated
tenants with seeds ${seeds}, scored from their first event on with nothing configured. Unlearned\ndays count. The rivals are an isolation forest for each blueprint (\`ml-isolation-forest\`) and a plain z-score, the
floors \`random\` and \`constant\`. In brackets 95 % intervals by bootstrap, over tenants or over agents and incidents.\n
## Mean over the tenants\n\n${meansOf(results)}\n
## Tenant by tenant\n\n| seed | events | agent-days | incidents | found at 5 per 1,000 | at 1 |
|---|---|---|---|---|---|\n${tenants.join('\n')}\n\n${speedPageOf(writeBenchPlots())}`
}

export function writePages(results: readonly Result[]): void {
  writeFileSync(new URL('../docs/results.md', import.meta.url), pageOf(results))
  const readme = new URL('../README.md', import.meta.url)
  const block = `${meansOf(results)}\n\n${speedOf()}`
  writeFileSync(
    readme,
    readFileSync(readme, 'utf8').replace(BLOCK, () => block),
  )
}
