import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Pipeline } from '../../src/cli/pipeline.ts'
import { agentKey, partitionOf } from '../../src/engine.ts'
import { type EventJob, Intake } from '../../src/runtime/intake.ts'
import { eventQueueName, type Keys, keysAt } from '../../src/runtime/keys.ts'
import { streamSchema } from '../../src/runtime/options.ts'
import { epochOf } from '../../src/scoring/knowledge.ts'
import { startReceiver, webhookTo } from '../sinks/receiver.ts'
import { usePipelines } from './pipelines.ts'
import { useRedis } from './redis.ts'
import {
  noContent,
  offline,
  PARTITIONS,
  type PipelineSetting,
  parsed,
  pipeline,
  post,
  savedStates,
  streamOf,
} from './stream.ts'

const redis = useRedis()
const open = usePipelines()
const events = streamOf(1_500)
let runs = 0
let client: Redis
let setting: PipelineSetting
let keys: Keys

beforeAll(() => {
  client = redis.connect()
})
afterAll(() => client.disconnect())
beforeEach(() => {
  setting = { address: redis.address, prefix: `${redis.prefix}-${runs++}` }
  keys = keysAt({ prefix: setting.prefix, shard: '0' })
})

const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
/** The tokens by which partitions are held. */
async function leases(): Promise<string[]> {
  const found = await client.mget(partitions.map((one) => keys.lease(one)))
  return found.filter((token) => token !== null)
}

const held = async (): Promise<number> => (await leases()).length

async function heldBy({ metrics }: Pipeline): Promise<number> {
  const gauge = metrics.getSingleMetric('perimeter_partitions_held')
  return (await gauge!.get()).values[0]?.value ?? 0
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  for (let turn = 0; turn < 400; turn++) {
    if (await isSo()) return
    await sleep(20)
  }
  throw new Error(`It never came to pass that ${what}.`)
}

/** The jobs that wait for a partition, in the order in which they will be handed out. */
async function jobsOf(partition: number): Promise<EventJob[]> {
  const queue = new Queue(eventQueueName(partition), {
    connection: redis.address,
    prefix: keys.root,
  })
  const jobs = await queue.getJobs(['waiting'], 0, -1, true)
  await queue.close()
  return jobs.map(({ data }) => data as EventJob)
}

describe('intake', () => {
  it('numbers events without a gap, whoever sends them, in order in every partition', async () => {
    const stream = streamSchema.parse({ partitions: PARTITIONS })
    const log = pino({ level: 'silent' })
    const parts = { address: redis.address, prefix: setting.prefix, stream, log }
    const intakes = [await Intake.open(parts), await Intake.open(parts)]
    const batch = parsed(events)
    const sent: Promise<void>[] = []
    for (let at = 0; at < batch.length; at += 37) {
      sent.push(intakes[at % 2]!.accept(batch.slice(at, at + 37)))
      if (at % 5 === 0) await sleep(1)
    }
    await Promise.all(sent)
    for (const intake of intakes) await intake.close()

    const numbers: number[] = []
    for (const partition of partitions) {
      const jobs = await jobsOf(partition)
      expect(jobs.map(({ order }) => order)).toEqual(jobs.map((_, at) => at + 1))
      const own = jobs.flatMap(({ first, at }) => at.map((offset) => first + offset))
      expect(own).toEqual([...own].sort((a, b) => a - b))
      numbers.push(...own)
      for (const event of jobs.flatMap((job) => job.events)) {
        expect(partitionOf(agentKey(event), PARTITIONS)).toBe(partition)
      }
      // Every partition hears of every end of an epoch.
      const ends = jobs.flatMap(({ upTo }) => (upTo === undefined ? [] : [epochOf(upTo)]))
      expect(ends.at(-1)).toBe(epochOf(events.length))
    }
    expect(numbers.sort((a, b) => a - b)).toEqual(batch.map((_, number) => number))
  })

  it('answers 503 while too many jobs wait, and takes nothing of the batch', async () => {
    const one = await open({ ...setting, stream: { queueJobsMax: 3 } }, { work: false })
    await post(one.url!, events.slice(0, 100))
    await sleep(250)
    const response = await post(one.url!, events.slice(100, 200))
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await response.json()).toMatchObject({ code: 'QUEUE_FULL' })
    expect(await client.hget(keys.intake, 'number')).toBe('100')
    expect((await fetch(`${one.url}/readyz`)).status).toBe(503)
    await open(setting, { ingest: false })
    await one.drained()
    await sleep(250)
    expect((await post(one.url!, events.slice(100, 200))).status).toBe(200)
  })

  it('rejects what comes from the future and keeps what it rejects', async () => {
    const one = await open(setting, { work: false })
    const future = { ...events[1]!, time: Date.now() + 2 * 86_400_000 }
    const response = await post(one.url!, [events[0], future, { id: 'x' }])
    expect(await response.json()).toMatchObject({
      accepted: 1,
      rejected: 2,
      errors: [{ path: '$.time' }, { path: '$.time', message: /expected a time before/ }],
    })
    const kept = (await client.lrange(keys.rejects, 0, -1)).map((line) => JSON.parse(line))
    expect(kept.map(({ record }) => JSON.parse(record).id).sort()).toEqual([future.id, 'x'].sort())
  })

  it('refuses another number of partitions than the stream was begun with', async () => {
    const first = await pipeline(setting)
    await first.stop()
    const other = pipeline({ ...setting, stream: { partitions: 3 } })
    await expect(other).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/is 3, but Redis holds a stream of 4/),
    })
  })
})

describe('workers', () => {
  it('share the partitions evenly, and give them back when they stop', async () => {
    const one = await open(setting, { ingest: false })
    expect(await heldBy(one)).toBe(4)
    const ofOne = await leases()
    const two = await open(setting, { ingest: false })
    await until(async () => (await heldBy(two)) === 2, 'the second has its half')
    await until(async () => (await heldBy(one)) === 2, 'the first keeps its half')
    await one.stop()
    // The other may have taken some up by now, by a token of its own.
    for (const lease of await leases()) expect(ofOne).not.toContain(lease)
    await until(async () => (await heldBy(two)) === 4, 'the second has all')
    await two.stop()
    expect(await held()).toBe(0)
    expect(await client.zcard(keys.workers)).toBe(0)
  })

  it('finish what they have begun when they stop, so that nothing has to be done again', async () => {
    const serve = await open(setting, { work: false })
    await serve.accept(parsed(events))
    const first = await open(setting, { ingest: false })
    await until(async () => (await client.exists(keys.position(0))) === 1, 'it has begun')
    await first.stop()
    for (const partition of partitions) {
      const active = `${keys.root}:${eventQueueName(partition)}:active`
      expect(await client.llen(active)).toBe(0)
    }
    await open(setting, { ingest: false })
    const startMs = performance.now()
    await serve.drained()
    expect(performance.now() - startMs).toBeLessThan(5_000)
  })

  it('do a job only once, though it is in the queue twice', async () => {
    const one = await open(setting)
    await one.accept(parsed(events.slice(0, 50)))
    const again = await Promise.all(partitions.map(jobsOf))
    await one.drained()
    const saved = await client.hgetall(keys.agents(0))
    for (const [partition, jobs] of again.entries()) {
      const queue = new Queue(eventQueueName(partition), {
        connection: redis.address,
        prefix: keys.root,
      })
      for (const job of jobs) await queue.add('events', job)
      await queue.close()
    }
    await one.drained()
    expect(await client.hgetall(keys.agents(0))).toEqual(saved)
  })

  it('set aside the events of an agent whose memory is damaged, and go on', async () => {
    const one = await open(setting)
    const batch = parsed(events.slice(0, 400))
    await one.accept(batch.slice(0, 200))
    await one.drained()
    await one.stop()
    const key = agentKey(batch[399]!)
    const partition = partitionOf(key, PARTITIONS)
    await client.hset(keys.agents(partition), key, 'nonsense')
    const two = await open(setting)
    await two.accept(batch.slice(200))
    await two.drained()
    const letters = (await client.lrange(keys.deadLetters, 0, -1)).map((line) => JSON.parse(line))
    const expected = batch.slice(200).filter((event) => agentKey(event) === key)
    expect(letters.map(({ event }) => event.id).reverse()).toEqual(expected.map(({ id }) => id))
    expect(letters[0]).toMatchObject({ kind: 'event', code: 'MEMORY_INVALID' })
    expect(await client.hget(keys.agents(partition), key)).toBe('nonsense')
  })

  it('stop where the memory was written by a later version, and leave it to others', async () => {
    const one = await open(setting)
    await one.accept(parsed(events.slice(0, 10)))
    await one.drained()
    await one.stop()
    const { pack, unpack } = await import('msgpackr')
    const key = agentKey(parsed(events)[0]!)
    const agents = keys.agents(partitionOf(key, PARTITIONS))
    const state = unpack((await client.hgetBuffer(agents, key))!)
    await client.hset(agents, key, pack({ ...state, version: 999 }))
    const two = await open(setting)
    await two.accept(parsed(events.slice(0, 10)))
    expect(await two.failed).toMatchObject({
      code: 'MEMORY_NEWER',
      message: expect.stringMatching(/version 999|v999/),
    })
    await two.accept(parsed(events.slice(10, 20)))
    await two.stop()
    expect(await held()).toBe(0)
    // One of the later version takes over, to which the memory is no newer than itself.
    await client.hset(agents, key, pack(state))
    const three = await open(setting)
    await three.drained()
    const { states } = offline([...events.slice(0, 10), ...events.slice(0, 20)])
    expect(await savedStates(client, setting.prefix)).toEqual(states)
    expect(await client.llen(keys.deadLetters)).toBe(0)
  })

  it('answer for their health and their numbers where they are asked to', async () => {
    const one = await open({ ...setting, worker: { port: 0 } }, { ingest: false })
    expect((await fetch(`${one.url}/readyz`)).status).toBe(200)
    expect(await (await fetch(`${one.url}/metrics`)).text()).toContain(
      'perimeter_partitions_held 4',
    )
    expect((await fetch(`${one.url}/v1/events`, { method: 'POST' })).status).toBe(404)
  })
})

describe('delivery', () => {
  const few = events.slice(0, 120)
  const { alerts } = offline(few)

  it('tries a sink again that is down, and the others get each alert once', async () => {
    const calls = new Map<string, number>()
    const busy = await startReceiver((request, response) => {
      const id = String(request.headers['webhook-id'])
      calls.set(id, (calls.get(id) ?? 0) + 1)
      response.writeHead(calls.get(id)! < 3 ? 503 : 204, { 'retry-after': '0' }).end()
    })
    const well = await startReceiver(noContent)
    const file = join(tmpdir(), `${setting.prefix}.ndjson`)
    const sinks = [
      webhookTo(busy.url, 'busy: at first'),
      webhookTo(well.url, 'well'),
      { type: 'file', path: file },
    ]
    const one = await open({ ...setting, sinks, delivery: { retryMs: [10, 20] } })
    await one.accept(parsed(few))
    await one.drained()
    expect(calls.size).toBe(alerts.length)
    expect([...calls.values()].every((count) => count === 3)).toBe(true)
    expect(well.received).toHaveLength(alerts.length)
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(alerts.length)
    expect(await client.llen(keys.deadLetters)).toBe(0)
    expect(await client.xlen(keys.alerts)).toBe(alerts.length)
    await busy.close()
    await well.close()
  })

  it('sends a sink what it wants and nothing else', async () => {
    const choosy = await startReceiver(noContent)
    const raised = offline(events).alerts
    const having = (name: string) =>
      raised.filter(({ reasons }) => reasons.some(({ detector }) => detector === name))
    const names = raised.flatMap(({ reasons }) => reasons.map(({ detector }) => detector))
    const name = names.find((each) => having(each).length < raised.length)!
    const wanted = having(name)
    const sinks = [{ ...webhookTo(choosy.url, 'choosy'), when: { detectors: [name] } }]
    const one = await open({ ...setting, sinks })
    await one.accept(parsed(events))
    await one.drained()
    expect(choosy.received).toHaveLength(wanted.length)
    const counted = await one.metrics.getSingleMetricAsString('perimeter_deliveries_total')
    const unwanted = raised.length - wanted.length
    expect(counted).toContain(`{sink="choosy",outcome="unwanted"} ${unwanted}`)
    await choosy.close()
  })

  it('sets an alert aside that is refused, or that nobody took in the end', async () => {
    const refusing = await startReceiver((_, response) => response.writeHead(400).end('no'))
    const down = await startReceiver((_, response) => response.writeHead(500).end())
    const sinks = [webhookTo(refusing.url, 'refusing'), webhookTo(down.url, 'down')]
    const one = await open({ ...setting, sinks, delivery: { retryMs: [5] } })
    await one.accept(parsed(few))
    await one.drained()
    const letters = (await client.lrange(keys.deadLetters, 0, -1)).map((line) => JSON.parse(line))
    expect(letters).toHaveLength(2 * alerts.length)
    const of = (name: string) => letters.find(({ sink }) => sink === name)
    expect(of('refusing')).toMatchObject({ code: 'SINK_REFUSED', reason: 'HTTP 400: no' })
    expect(of('down')).toMatchObject({ code: 'SINK_UNREACHABLE', kind: 'alert' })
    expect(down.received).toHaveLength(2 * alerts.length)
    expect(refusing.received).toHaveLength(alerts.length)
    await refusing.close()
    await down.close()
  })
})
