/** What a load came to, row by row. */
import type { Load } from '../test/benchmarks/live/load.ts'
import type { BenchRecord } from './bench-record.ts'
import { row, whole } from './speed-table.ts'

/** Median, 95th and 99th percentile, in ms. */
export const shares = ({ count, p50, p95, p99 }: Load['steps'][number]['toScoredMs']) =>
  count === 0 ? '–' : [p50, p95, p99].map(whole).join(' / ')

export function liveRows({ runs }: NonNullable<BenchRecord['live']>): string {
  const rows = runs.flatMap(({ workers, age, steps }) =>
    steps.map((step) =>
      row(workers, [
        age === 0 ? 'none' : whole(age),
        whole(step.offeredPerSecond),
        `${whole(step.scoredPerSecond)}${step.isKeptUp ? '' : ', falls behind'}`,
        shares(step.toScoredMs),
        shares(step.toWebhookMs),
        ...['service', 'redis'].map((name) => step.cpuMicrosecondsPerEvent[name] ?? '–'),
        sumOf(step.cpuMicrosecondsPerEvent),
      ]),
    ),
  )
  return rows.join('\n')
}

function sumOf(cpu: Load['steps'][number]['cpuMicrosecondsPerEvent']): string {
  const its = Object.entries(cpu).filter(([name]) => name.startsWith('worker'))
  return its.reduce((sum, [, us]) => sum + us, 0).toFixed(1)
}
