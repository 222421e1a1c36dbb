/** The plots of what `npm run bench` measured. */
import { axis, drawPlot, INK, legend } from '../src/offline/draw-plot.ts'
import type { Load } from '../test/benchmarks/live/load.ts'
import { type BenchRecord, benchRecord } from './bench-record.ts'
import { write } from './bench-svg.ts'

const HEIGHT = 300
const MIB = 1_048_576
const grid = { left: 62, right: 18, top: 42, bottom: 46 }
const line = (name: string, data: readonly (readonly number[])[], color: string) => ({
  ...{ name, type: 'line', data, symbolSize: 5, silent: true },
  itemStyle: { color },
  lineStyle: { color, width: 2 },
})
const perSecond = axis('events a second', { type: 'log' })
const ms = axis('ms', { type: 'log', nameGap: 44 })

/** Answers the names of the files that were written, by what they show. */
export function writeBenchPlots(): Partial<Record<keyof BenchRecord, string>> {
  const { live, sustained, growth } = benchRecord()
  return {
    ...(live && { live: write('bench-live.svg', latencyPlot(live.runs[0]!)) }),
    ...(sustained && { sustained: write('bench-memory.svg', memoryPlot(sustained)) }),
    ...(growth && { growth: write('bench-growth.svg', growthPlot(growth.sizes)) }),
  }
}

function latencyPlot({ steps }: Load): string {
  const of = (what: 'toScoredMs' | 'toWebhookMs', share: 'p50' | 'p99') =>
    steps.flatMap((step) =>
      step[what].count > 0 ? [[step.offeredPerSecond, step[what][share]]] : [],
    )
  return drawPlot('Time until scored and until the webhook over events a second', HEIGHT, {
    legend,
    grid,
    xAxis: perSecond,
    yAxis: ms,
    series: [
      line('scored, p50', of('toScoredMs', 'p50'), INK.second),
      line('scored, p99', of('toScoredMs', 'p99'), INK.own),
      line('webhook, p99', of('toWebhookMs', 'p99'), INK.fourth),
    ],
  })
}

function memoryPlot({ steps }: Load): string {
  const colours = [INK.own, INK.second, INK.third, INK.fourth, INK.fifth]
  const memory = Object.entries(steps[0]!.memory).filter(([name]) => name !== 'sender')
  const longestMs = Math.max(...memory.flatMap(([, points]) => points.map(([atMs]) => atMs)))
  return drawPlot('Memory of the processes over time at half load', HEIGHT, {
    legend,
    grid,
    xAxis: axis('seconds', { min: 0, max: Math.ceil(longestMs / 1_000) }),
    yAxis: axis('MiB', { min: 0, nameGap: 44 }),
    series: memory.map(([name, points], at) =>
      line(
        name,
        points.map(([atMs, bytes]) => [atMs / 1_000, bytes / MIB]),
        colours[at]!,
      ),
    ),
  })
}

function growthPlot(sizes: NonNullable<BenchRecord['growth']>['sizes']): string {
  return drawPlot('Processor time per event over the number of agents', HEIGHT, {
    legend,
    grid,
    xAxis: axis('agents', { type: 'log' }),
    yAxis: axis('µs', { min: 0, nameGap: 44 }),
    series: [
      line(
        'µs an event',
        sizes.map((one) => [one.agents, one.cpuMicrosecondsPerEvent]),
        INK.own,
      ),
    ],
  })
}
