/** An agent of which nothing is heard any more is told of live as it is offline, whatever happens. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Alert } from '../../src/alert/alert.ts'
import type { Pipeline } from '../../src/cli/pipeline.ts'
import type { RawEvent } from '../../src/event/event.ts'
import { keysAt } from '../../src/runtime/keys.ts'
import { usePipelines } from './pipelines.ts'
import { useRedis } from './redis.ts'
import {
  inOrder,
  offline,
  PARTITIONS,
  type PipelineSetting,
  parsed,
  savedStates,
} from './stream.ts'

const HOUR_MS = 3_600_000
const START_MS = Date.UTC(2026, 1, 2)
const HOURS = 28 * 24
const AGENTS = 12
const BATCH = 700

/** Heard of every hour, but two: one for good, one until eight days later. */
function streamOf(): RawEvent[] {
  const events: RawEvent[] = []
  for (let hour = 0; hour < HOURS; hour++) {
    for (let nth = 0; nth < AGENTS; nth++) {
      const isGone = nth === 3 && hour > 19 * 24
      const isAway = nth === 7 && hour > 16 * 24 && hour < 24 * 24
      if (isGone || isAway) continue
      events.push({
        id: `${hour} ${nth}`,
        time: START_MS + hour * HOUR_MS + nth * 60_000,
        agent: { id: `reader-${nth}`, blueprint: nth % 2 === 0 ? 'reader' : 'writer' },
        action: 'files.read',
        resource: { id: `sites/reports/${hour % 5}` },
      })
    }
  }
  return events
}

const redis = useRedis()
const open = usePipelines()
const events = streamOf()
const expected = offline(events)
const overdue = expected.overdue.map(({ alert }) => alert)
let runs = 0
let client: Redis
let setting: PipelineSetting
let child: ChildProcess | undefined

beforeAll(() => {
  client = redis.connect()
})
afterAll(() => client.disconnect())
beforeEach(() => {
  setting = { address: redis.address, prefix: `${redis.prefix}-${runs++}` }
})
afterEach(() => {
  child?.kill('SIGKILL')
})

const keys = () => keysAt({ prefix: setting.prefix, shard: '0' })

async function acceptAll(to: Pipeline): Promise<void> {
  for (let at = 0; at < events.length; at += BATCH) {
    await to.accept(parsed(events.slice(at, at + BATCH)))
  }
}

/** What was told, in the stream of alerts, is the same, and so is every state and when to look at whom. */
async function expectEqual(): Promise<void> {
  const entries = await client.xrange(keys().alerts, '-', '+')
  const alerts = inOrder(entries.map(([, fields]) => JSON.parse(fields[1]!) as Alert))
  expect(alerts).toEqual(expected.alerts)
  expect(await savedStates(client, setting.prefix)).toEqual(expected.states)
  const due = new Map<string, number>()
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const list = keys().due(partition, '7:default')
    for (const key of await client.zrange(list, '0', '-1')) {
      due.set(key, Number(await client.zscore(list, key)))
    }
  }
  expect(new Map([...due].sort())).toEqual(expected.due)
}

/** The epoch that the furthest partition is in. */
async function epochReached(): Promise<number> {
  const epochs = Array.from({ length: PARTITIONS }, (_, partition) =>
    client.hget(keys().position(partition), 'epoch'),
  )
  return Math.max(...(await Promise.all(epochs)).map(Number))
}

it('has something to compare: two are told of, and one comes back', () => {
  expect(overdue.map(({ agent }) => agent.id).sort()).toEqual(['reader-3', 'reader-7'])
  expect(new Set(overdue.map(({ id }) => id)).size).toBe(2)
  expect([...expected.due.keys()]).not.toContain('7:defaultreader-3')
  expect(expected.due.size).toBe(AGENTS - 1)
})

it('by two workers that keep two agents in memory', async () => {
  const worker = { agentsInMemoryMax: 2, eventsPerCommitMax: 200 }
  const serve = await open(setting, { work: false })
  for (let nth = 0; nth < 2; nth++) await open({ ...setting, worker }, { ingest: false })
  await acceptAll(serve)
  await serve.drained()
  await expectEqual()
})

it('by workers that are killed where the epoch ends in which they tell of it', async () => {
  const serve = await open(setting, { work: false })
  await acceptAll(serve)
  const script = new URL('./run-worker.ts', import.meta.url).pathname
  for (const epoch of new Set(expected.overdue.map((one) => one.epoch))) {
    const worker = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(setting)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child = worker
    await once(worker.stdout!, 'data')
    while ((await epochReached()) < epoch) await sleep(1)
    worker.kill('SIGKILL')
    await once(worker, 'exit')
  }
  await open(setting, { ingest: false })
  await serve.drained()
  await expectEqual()
})
