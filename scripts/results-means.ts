/** What every contender found on the mean over the tenants, as a table. */
import { intervalOfMean } from '../src/offline/bootstrap.ts'
import type { Result } from './results-page.ts'
import { row } from './speed-table.ts'

const HEAD = `| | incidents found at 5 false agent-days per 1,000 | at 1 per 1,000 | event average precision |
|---|---|---|---|`
const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length
const measuresOf = ({ contender: { evaluation } }: Result) => [
  ...evaluation.budgets.map(({ found, attacks }) => (100 * found) / attacks),
  evaluation.averagePrecision,
]

/** The mean over the tenants, and where it would lie with other tenants. */
function cell(values: readonly number[], digits: number, unit: string): string {
  const [low, high] = intervalOfMean(values, 1).map((end) => end.toFixed(digits))
  return `${mean(values).toFixed(digits)}${unit} (${low}–${high})`
}

export function meansOf(results: readonly Result[]): string {
  const names = [...new Set(results.map(({ contender }) => contender.name))]
  const rows = names.map((name) => {
    const all = results.filter(({ contender }) => contender.name === name).map(measuresOf)
    const column = (at: number) => all.map((one) => one[at]!)
    return row(name, [cell(column(0), 0, ' %'), cell(column(1), 0, ' %'), cell(column(2), 3, '')])
  })
  return [HEAD, ...rows].join('\n')
}
