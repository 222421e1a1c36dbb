/** Live equals offline, whatever happens to the workers. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Redis } from 'ioredis'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Alert } from '../../src/alert/alert.ts'
import type { Pipeline } from '../../src/cli/pipeline.ts'
import { keysAt } from '../../src/runtime/keys.ts'
import { epochOf } from '../../src/scoring/knowledge.ts'
import { type Receiver, startReceiver } from '../sinks/receiver.ts'
import { useRedis } from './redis.ts'
import {
  inOrder,
  noContent,
  offline,
  PARTITIONS,
  type PipelineSetting,
  parsed,
  pipeline,
  postAll,
  savedStates,
  streamOf,
} from './stream.ts'

const EVENTS = 9_000
const SECRET = `whsec_${randomBytes(32).toString('base64')}`

const redis = useRedis()
const events = streamOf(EVENTS)
const expected = offline(events)
let runs = 0
let client: Redis
let receiver: Receiver
let setting: PipelineSetting
let opened: Pipeline[]
let children: ChildProcess[]

beforeAll(() => {
  client = redis.connect()
})
afterAll(() => client.disconnect())

beforeEach(async () => {
  receiver = await startReceiver(noContent)
  const sink = {
    type: 'webhook',
    url: receiver.url,
    secrets: [SECRET],
    allowHttp: true,
    allowPrivate: ['127.0.0.1'],
  }
  setting = { address: redis.address, prefix: `${redis.prefix}-${runs++}`, sinks: [sink] }
  opened = []
  children = []
})
afterEach(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  for (const one of opened) await one.stop()
  await receiver.close()
})

const open = async (...args: Parameters<typeof pipeline>) => {
  const one = await pipeline(...args)
  opened.push(one)
  return one
}

/** What arrived at the receiver, each signature checked; what came twice was twice the same. */
function received(): Alert[] {
  const hook = new Webhook(SECRET)
  const bodies = new Map<string, string>()
  for (const { body, headers } of receiver.received) {
    hook.verify(body, headers)
    const id = headers['webhook-id']!
    expect(bodies.get(id) ?? body).toBe(body)
    bodies.set(id, body)
  }
  return inOrder([...bodies.values()].map((body) => JSON.parse(body).data))
}

async function expectEqual(): Promise<void> {
  const { alerts, states } = expected
  const live = received()
  expect(live.map(({ id, revision }) => `${id} ${revision}`)).toEqual(
    alerts.map(({ id, revision }) => `${id} ${revision}`),
  )
  const changed = alerts.filter((alert, at) => !isDeepStrictEqual(alert, live[at]))
  expect(changed.slice(0, 3), 'alerts that differ').toEqual([])
  const saved = await savedStates(client, setting.prefix)
  expect([...saved.keys()]).toEqual([...states.keys()])
  const different = [...states].filter(([key, bytes]) => saved.get(key) !== bytes)
  expect(
    different.map(([key]) => key),
    'agents whose state differs',
  ).toEqual([])
}

/** The number of the first event that no partition has got to yet, at least. */
async function progress(): Promise<number> {
  const keys = keysAt({ prefix: setting.prefix, shard: '0' })
  const numbers = await Promise.all(
    Array.from({ length: PARTITIONS }, (_, partition) =>
      client.hget(keys.position(partition), 'number'),
    ),
  )
  return Math.max(...numbers.map(Number))
}

async function processed(count: number): Promise<void> {
  while ((await progress()) < count) await sleep(2)
}

it('has something to compare: alerts, revisions, epochs, and events that come twice', () => {
  expect(expected.alerts.length).toBeGreaterThan(20)
  expect(expected.alerts.some(({ revision }) => revision > 1)).toBe(true)
  expect(epochOf(EVENTS)).toBeGreaterThanOrEqual(6)
  expect(new Set(events.map(({ id }) => id)).size).toBeLessThan(EVENTS)
})

it('over HTTP, on two workers, with more agents than they keep in memory', async () => {
  const worker = { agentsInMemoryMax: 2, eventsPerCommitMax: 300 }
  const serve = await open(setting, { work: false })
  const workers = [
    await open({ ...setting, worker }, { ingest: false }),
    await open({ ...setting, worker }, { ingest: false }),
  ]
  await postAll(serve.url!, events)
  await serve.drained()
  await expectEqual()
  for (const { metrics } of workers) {
    const text = await metrics.metrics()
    expect(
      Number(/perimeter_events_total\{outcome="scored"\} (\d+)/.exec(text)?.[1]),
    ).toBeGreaterThan(0)
  }
})

it('when a worker is killed in the middle and another takes over', async () => {
  const serve = await open(setting, { work: false })
  const script = new URL('./run-worker.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(setting)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await once(child.stdout!, 'data')
  const posted = postAll(serve.url!, events)
  await processed(EVENTS / 5)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const reached = await progress()
  await posted
  expect(reached).toBeLessThan(EVENTS)
  await open(setting, { ingest: false })
  await serve.drained()
  await expectEqual()
})

it('when every connection is cut, again and again', async () => {
  const serve = await open(setting, { work: false })
  await open({ ...setting, worker: { eventsPerCommitMax: 200 } }, { ingest: false })
  await serve.accept(parsed(events.slice(0, EVENTS / 2)))
  await processed(1)
  for (let cut = 0; cut < 4; cut++) {
    await client.call('CLIENT', 'KILL', 'USER', redis.address.username!, 'SKIPME', 'yes')
    await sleep(150)
  }
  await untilAccepted(serve, parsed(events.slice(EVENTS / 2)))
  await drainedAtLast(serve)
  await expectEqual()
})

it('when a partition is claimed by another while a worker is at it', async () => {
  const serve = await open(setting, { work: false })
  const worker = await open({ ...setting, worker: { eventsPerCommitMax: 200 } }, { ingest: false })
  const keys = keysAt({ prefix: setting.prefix, shard: '0' })
  await serve.accept(parsed(events))
  await processed(EVENTS / 10)
  await client.set(keys.owner(1), 'another worker, which then dies')
  await serve.drained()
  await expectEqual()
  expect(await worker.metrics.metrics()).toMatch(/perimeter_partitions_lost_total [1-9]/)
})

it('when batches and jobs are delivered twice', async () => {
  const serve = await open(setting, { work: false })
  const worker = await open(setting, { ingest: false })
  await postAll(serve.url!, events)
  await serve.drained()
  // All of it again within what is remembered: nothing may change but the count of duplicates.
  const before = await savedStates(client, setting.prefix)
  await postAll(serve.url!, events.slice(-3_000))
  await serve.drained()
  expect(await savedStates(client, setting.prefix)).toEqual(before)
  await expectEqual()
  expect(await worker.metrics.metrics()).toMatch(
    /perimeter_events_total\{outcome="duplicate"\} 30\d\d/,
  )
})

/** An ingest whose connection is cut says so, and the shipper sends the batch again. */
async function untilAccepted(to: Pipeline, batch: ReturnType<typeof parsed>): Promise<void> {
  for (let turn = 0; ; turn++) {
    try {
      await to.accept(batch)
      return
    } catch (error) {
      if (turn > 50) throw error
      await sleep(50)
    }
  }
}

async function drainedAtLast(one: Pipeline): Promise<void> {
  for (let turn = 0; ; turn++) {
    try {
      await one.drained()
      return
    } catch (error) {
      if (turn > 50) throw error
      await sleep(50)
    }
  }
}
