/**
 * Load: events a second over HTTP, scored, and how long that takes, at rising load.
 *
 * Each step offers a load for some seconds and then waits until all is scored. It is kept up with
 * where that takes hardly longer than the sending.
 */

import { age } from '../aged.ts'
import { inOrder, quantile } from '../record.ts'
import { tenantFolder } from '../tenant.ts'
import { Stage } from './stage.ts'
import { type Use, Watch } from './watch.ts'

export const TENANT = { seed: 21, agents: 190, days: 21, attacks: 40, start: '2024-01-01' }
const RATES = [1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 30_000, 40_000, 50_000, 75_000]
/** Before anything is measured: the code is warm then, and the agents are known. */
const WARM_UP = { rate: 20_000, seconds: 5 }
/** Longer than the sending, as a share of it. */
const LATE_MAX = 0.05
/** So that what is written of a long run can be read. */
const MEMORY_POINTS_MAX = 30

export interface LoadOptions {
  readonly workers: number
  readonly seconds: number
  /** Events that the stream has been through before. */
  readonly age: number
  readonly rates?: readonly number[] | undefined
}

export type Load = Awaited<ReturnType<typeof measureLoad>>

export async function measureLoad({ workers, seconds, age: aged, rates = RATES }: LoadOptions) {
  const folder = await tenantFolder(TENANT)
  const stage = await Stage.open({ folder, days: TENANT.days })
  try {
    await age(stage.client, stage.keys, stage.partitions, aged)
    await stage.startService()
    for (let nth = 0; nth < workers; nth++) await stage.addWorker()
    await step(stage, WARM_UP)
    const steps = []
    for (const rate of rates) {
      const measured = await step(stage, { rate, seconds })
      steps.push(measured)
      console.log(shown(workers, measured))
      if (!measured.isKeptUp) break
    }
    return { workers, seconds, age: aged, agents: TENANT.agents, steps }
  } finally {
    await stage.close()
  }
}

async function step(stage: Stage, { rate, seconds }: { rate: number; seconds: number }) {
  const watch = await Watch.begin(stage)
  const jobs = await jobsOf(stage)
  const startMs = performance.timeOrigin + performance.now()
  await stage.send({ rate, seconds })
  const backlog = watch.backlog
  await watch.drained()
  await watch.end()
  const eventsPerJob = Math.round((rate * seconds) / ((await jobsOf(stage)) - jobs))
  const tookMs = watch.scoredMs - startMs
  const events = rate * seconds
  return {
    offeredPerSecond: rate,
    scoredPerSecond: Math.round((events / tookMs) * 1_000),
    isKeptUp: tookMs <= seconds * 1_000 * (1 + LATE_MAX),
    backlog,
    eventsPerJob,
    refused: watch.refused,
    toAnsweredMs: summed(watch.toAnsweredMs),
    toScoredMs: summed(watch.toScoredMs),
    toWebhookMs: summed(watch.toWebhookMs),
    cpuMicrosecondsPerEvent: eachOf(watch.uses, (uses) => perEvent(uses, events)),
    memory: eachOf(watch.uses, (uses) => thinned(uses, startMs)),
  }
}

/** Jobs that the partitions were given so far. */
async function jobsOf({ client, keys }: Stage): Promise<number> {
  const heads = Object.entries(await client.hgetall(keys.intake))
  const orders = heads.filter(([name]) => name.startsWith('order:'))
  return orders.reduce((sum, [, order]) => sum + Number(order), 0)
}

function summed(values: readonly number[]) {
  const sorted = inOrder(values)
  const at = (share: number) => Number(quantile(sorted, share).toFixed(1))
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

function perEvent(uses: readonly Use[], events: number): number {
  const spent = uses.at(-1)!.cpuSeconds - uses[0]!.cpuSeconds
  return Number(((spent / events) * 1e6).toFixed(1))
}

/** Bytes by ms since the beginning, at most so many. */
function thinned(uses: readonly Use[], startMs: number) {
  const every = Math.ceil(uses.length / MEMORY_POINTS_MAX)
  const kept = uses.filter((_, at) => at % every === 0 || at === uses.length - 1)
  return kept.map(({ atMs, memoryBytes }) => [Math.round(atMs - startMs), memoryBytes] as const)
}

function eachOf<Answer>(uses: Record<string, Use[]>, of: (uses: readonly Use[]) => Answer) {
  return Object.fromEntries(Object.entries(uses).map(([name, its]) => [name, of(its)] as const))
}

function shown(workers: number, one: Awaited<ReturnType<typeof step>>): string {
  const { toScoredMs, toWebhookMs, cpuMicrosecondsPerEvent: cpu } = one
  const spent = Object.entries(cpu).map(([name, us]) => `${name} ${us}`)
  return [
    `${workers} worker(s): offered ${one.offeredPerSecond}/s, scored ${one.scoredPerSecond}/s`,
    `scored after ${toScoredMs.p50}/${toScoredMs.p95}/${toScoredMs.p99} ms`,
    `webhook after ${toWebhookMs.p50}/${toWebhookMs.p95}/${toWebhookMs.p99} ms (${toWebhookMs.count})`,
    `${one.eventsPerJob} events/job, backlog ${one.backlog}, refused ${one.refused}, CPU µs/event: ${spent.join(', ')}`,
  ].join(' · ')
}
