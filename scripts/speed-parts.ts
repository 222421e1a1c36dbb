/** Parts of docs/results.md on memory, recovery and growth. */
import { type BenchRecord, image, measuredBy } from './bench-record.ts'
import { shares } from './speed-rows.ts'
import { row, whole } from './speed-table.ts'

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
export function sustainedOf(load: NonNullable<BenchRecord['sustained']>, plot: string | undefined) {
  const [step] = load.steps
  const { offeredPerSecond, toWebhookMs } = step! // one rate was asked for
  return `${whole(offeredPerSecond)} events a second for ${load.seconds} s, half of what one worker keeps up with: webhook
after ${shares(toWebhookMs)} ms.

${image('Memory of the processes over time', plot)}${measuredBy(load)}\n`
}

export function recoveryOf(recovery: NonNullable<BenchRecord['recovery']>): string {
  const { rate, killed, restarted } = recovery
  const cells = (one: typeof killed) => [seconds(one.goneOnMs), seconds(one.caughtUpMs)]
  return `At ${whole(rate)} events a second. A worker that is killed is followed when its lease of 5 s has run out.

| | every partition goes on after | and has caught up after |
|---|---|---|
${row('one of two workers killed', cells(killed))}
${row('everything but Redis killed, and started again', cells(restarted))}

${measuredBy(recovery)}\n`
}

export function growthOf(
  growth: NonNullable<BenchRecord['growth']>,
  plot: string | undefined,
): string {
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
