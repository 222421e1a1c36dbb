/** What `npm run bench` measured last, as the part of docs/results.md on speed and size. */
import type { Load } from '../test/benchmarks/live/load.ts'
import { type BenchRecord, benchRecord, measuredBy } from './bench-record.ts'
import { row, speedOf, whole } from './speed-table.ts'

type Plots = Partial<Record<keyof BenchRecord, string>>

export function speedPageOf(plots: Plots): string {
  const { live, sustained, recovery, growth } = benchRecord()
  const parts = [
    `## Speed and size\n\n${speedOf()}`,
    live && `### Live\n\n${liveOf(live, plots.live)}`,
    sustained && `### Memory, live\n\n${sustainedOf(sustained, plots.sustained)}`,
    recovery && `### Recovery\n\n${recoveryOf(recovery)}`,
    growth && `### Growth\n\n${growthOf(growth, plots.growth)}`,
  ]
  return parts.filter((part) => part !== undefined).join('\n')
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
const image = (title: string, file: string | undefined) => (file ? `![${title}](${file})\n\n` : '')
const shares = ({ count, p50, p95, p99 }: Load['steps'][number]['toScoredMs']) =>
  count === 0 ? '–' : [p50, p95, p99].map(whole).join(' / ')

function liveOf(live: NonNullable<BenchRecord['live']>, plot: string | undefined): string {
  const rows = live.runs.flatMap(({ workers, age, steps }) =>
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
  return `Events of ${live.runs[0]!.agents} agents over HTTP, 500 in a request, to one \`perimeter serve\`, a private Redis
that syncs once a second, and one or two \`perimeter worker\`; the sender and the receiver of the webhook run on the same
machine. Times are from when a request was due until all its events were scored, and until a signed alert arrived: median,
95th and 99th percentile in ms. Processor time in µs per event, of all workers together. A stream that has been running
ends its epochs less often; a new one pays for them.

| workers | events before | offered/s | scored/s | scored after | webhook after | service | Redis | workers |
|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}

${image('Time until scored and until the webhook', plot)}${measuredBy(live)}\n`
}

function sumOf(cpu: Load['steps'][number]['cpuMicrosecondsPerEvent']): string {
  const its = Object.entries(cpu).filter(([name]) => name.startsWith('worker'))
  return its.reduce((sum, [, us]) => sum + us, 0).toFixed(1)
}

function sustainedOf(load: NonNullable<BenchRecord['sustained']>, plot: string | undefined) {
  const [step] = load.steps
  const { offeredPerSecond, toWebhookMs } = step! // one rate was asked for
  return `${whole(offeredPerSecond)} events a second for ${load.seconds} s, half of what one worker keeps up with: webhook
after ${shares(toWebhookMs)} ms.

${image('Memory of the processes over time', plot)}${measuredBy(load)}\n`
}

function recoveryOf(recovery: NonNullable<BenchRecord['recovery']>): string {
  const { rate, killed, restarted } = recovery
  const cells = (one: typeof killed) => [seconds(one.goneOnMs), seconds(one.caughtUpMs)]
  return `At ${whole(rate)} events a second. A worker that is killed is followed when its lease of 5 s has run out.

| | every partition goes on after | and has caught up after |
|---|---|---|
${row('one of two workers killed', cells(killed))}
${row('everything but Redis killed, and started again', cells(restarted))}

${measuredBy(recovery)}\n`
}

function growthOf(growth: NonNullable<BenchRecord['growth']>, plot: string | undefined): string {
  const rows = growth.sizes.map((one) =>
    row(whole(one.agents), [
      one.cpuMicrosecondsPerEvent,
      one.microsecondsPerEvent,
      whole(one.redisBytesPerAgent),
      whole(one.inMemory),
      `${whole(one.memoryBytes / 1_048_576)} MiB`,
    ]),
  )
  return `The state of eight partitions as a worker has it, on a Redis of its own, without HTTP and queues. A thousand agents are
at work at a time, each for 16 events, and then rest; beyond what fits in memory each one that comes back is read from
Redis and written again. Bytes in Redis include what is kept to go back to.

| agents | processor µs an event | µs an event | bytes an agent in Redis | agents in memory | memory |
|---|---|---|---|---|---|
${rows.join('\n')}

${image('Processor time per event over the number of agents', plot)}${measuredBy(growth)}\n`
}
