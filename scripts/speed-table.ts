/** What `npm run bench` measured last, as a table. */
import { existsSync, readFileSync } from 'node:fs'

export function row(first: string | number, rest: readonly string[]): string {
  return `| ${[first, ...rest].join(' | ')} |`
}

/** Nothing where it never ran. */
export function speedOf(heading: string): string {
  const file = new URL('../docs/bench.json', import.meta.url)
  if (!existsSync(file)) return ''
  const { scan: bench } = JSON.parse(readFileSync(file, 'utf8'))
  const number = (n: number) => Math.round(n).toLocaleString('en')
  return `\n${heading}| scan, one thread | reading and JSON.parse alone | ratio | stored per agent | largest |
|---|---|---|---|---|\n${row(`${number(bench.scanEventsPerSecond)} events/s`, [
    `${number(bench.floorEventsPerSecond)} events/s`,
    bench.ratio.toFixed(2),
    `${number(bench.agentBytes.median)} B`,
    `${number(bench.agentBytes.max)} B`,
  ])}\n\nMeasured ${bench.date} by \`npm run bench\` on ${bench.machine}, ${bench.node}.\n`
}
