import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Pipeline } from '../../src/cli/pipeline.ts'
import { keysAt } from '../../src/runtime/keys.ts'
import { progressOf } from '../../src/runtime/progress.ts'
import { readVitals } from '../../src/runtime/vitals.ts'
import { startReceiver, webhookTo } from '../sinks/receiver.ts'
import { useRedis } from './redis.ts'
import { noContent, PARTITIONS, parsed, pipeline, post, postAll, streamOf } from './stream.ts'

const redis = useRedis()
const events = streamOf(900)
const everyPartition = [...Array(PARTITIONS).keys()]
let runs = 0
let setting: { address: typeof redis.address; prefix: string }
let opened: Pipeline[] = []

beforeEach(() => {
  setting = { address: redis.address, prefix: `${redis.prefix}-${runs++}` }
})
afterEach(async () => {
  await Promise.all(opened.map((one) => one.stop()))
  opened = []
})

async function open(...words: Parameters<typeof pipeline>): Promise<Pipeline> {
  const one = await pipeline(...words)
  opened.push(one)
  return one
}

async function readiness(url: string) {
  const response = await fetch(`${url}/readyz`)
  const { missing } = (await response.json()) as { missing: { check: string; problem: string }[] }
  return { status: response.status, missing }
}

async function until<Result>(ask: () => Promise<Result | undefined>): Promise<Result> {
  for (const endMs = performance.now() + 10_000; performance.now() < endMs; await sleep(50)) {
    const answer = await ask()
    if (answer !== undefined) return answer
  }
  throw new Error('It did not come to pass within 10 s.')
}

describe('a worker is ready', () => {
  it('while it holds its share, and says why not once it does not or stops', async () => {
    const one = await open({ ...setting, worker: { port: 0 } }, { ingest: false })
    const url = one.url!
    expect(await readiness(url)).toEqual({ status: 200, missing: [] })
    const client = redis.connect()
    const keys = keysAt({ prefix: setting.prefix, shard: '0' })
    // Another claims two of its partitions, without being a worker that lives.
    for (const partition of [0, 1]) {
      await client.set(keys.owner(partition), 'another')
      await client.set(keys.lease(partition), 'another', 'PX', 3_000)
    }
    const robbed = await until(async () => {
      const answer = await readiness(url)
      return answer.status === 503 ? answer : undefined
    })
    expect(robbed.missing).toEqual([
      { check: 'worker', problem: 'it holds 2 partitions of the 4 that are its share' },
    ])
    await until(async () => ((await readiness(url)).status === 200 ? true : undefined))
    client.disconnect()
  })

  it('answers that it stops while it does, and lives until it has', async () => {
    const slow = await startReceiver(async (_, response) => {
      await sleep(1_500)
      response.writeHead(204).end()
    })
    const sinks = [webhookTo(slow.url, 'hook')]
    const one = await open({ ...setting, sinks, worker: { port: 0 } }, { ingest: false })
    const serve = await open(setting, { work: false })
    await serve.accept(parsed(events.slice(0, 120)))
    await until(async () => (slow.received.length > 0 ? true : undefined))
    const stopped = one.stop()
    const answer = await readiness(one.url!)
    expect(answer.status).toBe(503)
    expect(answer.missing).toContainEqual({ check: 'process', problem: 'it is stopping' })
    expect((await fetch(`${one.url}/healthz`)).status).toBe(200)
    await stopped
    await slow.close()
  })
})

it('an ingest is not ready where Redis takes no writes, and lives all the same', async () => {
  const root = redis.connect()
  const one = await open(setting, { work: false })
  expect((await readiness(one.url!)).status).toBe(200)
  // As of a replica, or of a server that is full: reads go on and writes are refused.
  await root.acl('SETUSER', String(redis.address.username), '-@write')
  try {
    const { status, missing } = await readiness(one.url!)
    expect(status).toBe(503)
    expect(missing[0]).toMatchObject({ check: 'queue', problem: expect.stringMatching(/NOPERM/) })
    expect((await fetch(`${one.url}/healthz`)).status).toBe(200)
  } finally {
    await root.acl('SETUSER', String(redis.address.username), '+@all')
    root.disconnect()
  }
  expect((await readiness(one.url!)).status).toBe(200)
})

it('what waits is counted to the event while nobody works, and is nothing in the end', async () => {
  const serve = await open(setting, { work: false })
  await postAll(serve.url!, events)
  const client = redis.connect()
  const keys = keysAt({ prefix: setting.prefix, shard: '0' })
  const sumOf = (all: readonly { events: number }[]) =>
    all.reduce((sum, one) => sum + one.events, 0)
  await sleep(1_100)
  const before = await progressOf(client, keys, everyPartition)
  expect(sumOf(before)).toBe(events.length)
  for (const { jobs, lagMs, worker } of before) {
    expect(jobs).toBeGreaterThan(0)
    expect(lagMs).toBeGreaterThan(0) // by the second
    expect(lagMs).toBeLessThan(30_000)
    expect(worker).toBeUndefined()
  }
  const worker = await open({ ...setting, worker: { port: 0 } }, { ingest: false })
  await worker.drained()
  const after = await until(async () => {
    const all = await progressOf(client, keys, everyPartition)
    return all.some(({ jobs }) => jobs > 0) ? undefined : all
  })
  expect(sumOf(after)).toBe(0)
  expect(after.map(({ lagMs }) => lagMs)).toEqual(everyPartition.map(() => 0))
  const [vitals] = await until(async () => {
    const all = await readVitals(client, keys)
    return all[0]?.agents ? all : undefined
  })
  expect(vitals).toMatchObject({ partitions: everyPartition, pid: process.pid })
  expect(new Set(after.map((one) => one.worker))).toEqual(new Set([vitals!.worker]))
  const valuesIn = (told: string, name: string) =>
    [...told.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].map(
      ([, value]) => value,
    )
  const stored = after.reduce((sum, { agents }) => sum + agents, 0)
  const told = await until(async () => {
    const text = await (await fetch(`${worker.url}/metrics`)).text()
    const known = valuesIn(text, 'perimeter_agents_known')
    return known.reduce((sum, one) => sum + Number(one), 0) === stored ? text : undefined
  })
  const valuesOf = (name: string) => valuesIn(told, name)
  for (const unit of ['jobs', 'events', 'seconds']) {
    expect(valuesOf(`perimeter_partition_lag_${unit}`)).toHaveLength(PARTITIONS)
  }
  expect(Number(valuesOf('perimeter_score_seconds_count')[0])).toBeGreaterThanOrEqual(PARTITIONS)
  expect(valuesOf('perimeter_calibration_holds')).toEqual(['Nan'])
  expect(Number(valuesOf('perimeter_redis_memory_bytes')[0])).toBeGreaterThan(0)
  client.disconnect()
})

it('the way of an alert is timed from its event to its sink', async () => {
  const receiver = await startReceiver(noContent)
  const serve = await open(setting, { work: false })
  expect((await post(serve.url!, events.slice(0, 200))).status).toBe(200)
  await sleep(700) // it counts, though no worker had taken the job yet
  const worker = await open(
    { ...setting, sinks: [webhookTo(receiver.url, 'hook')] },
    { ingest: false },
  )
  await worker.drained()
  const text = await worker.metrics.getSingleMetricAsString('perimeter_event_to_sink_seconds')
  const value = (suffix: string) =>
    Number(new RegExp(`_${suffix}\\{sink="hook"\\} (\\S+)`).exec(text)?.[1])
  expect(value('count')).toBe(receiver.received.length)
  expect(value('count')).toBeGreaterThan(0)
  expect(value('sum') / value('count')).toBeGreaterThan(0.7)
  expect(value('sum') / value('count')).toBeLessThan(30)
  await receiver.close()
})
