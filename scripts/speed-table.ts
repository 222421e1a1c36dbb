/** What `npm run bench` measured last, in short. */
import { benchRecord, measuredBy } from './bench-record.ts'

export function row(first: string | number, rest: readonly (string | number)[]): string {
  return `| ${[first, ...rest].join(' | ')} |`
}

export const whole = (n: number) => Math.round(n).toLocaleString('en')

/** Nothing where it never ran. */
export function speedOf(): string {
  const { scan } = benchRecord()
  if (scan === undefined) return ''
  return `| scan, one thread | reading and JSON.parse alone | ratio | stored per agent | largest |
|---|---|---|---|---|\n${row(`${whole(scan.scanEventsPerSecond)} events/s`, [
    `${whole(scan.floorEventsPerSecond)} events/s`,
    scan.ratio.toFixed(2),
    `${whole(scan.agentBytes.median)} B`,
    `${whole(scan.agentBytes.max)} B`,
  ])}\n\n${measuredBy(scan)}\n`
}
