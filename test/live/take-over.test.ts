/** A worker that dies is followed within ten seconds; the load is shared fairly; connections are few. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Pipeline } from '../../src/cli/pipeline.ts'
import { keysAt } from '../../src/runtime/keys.ts'
import { workerSchema } from '../../src/runtime/options.ts'
import { useRedis } from './redis.ts'
import {
  offline,
  PARTITIONS,
  type PipelineSetting,
  parsed,
  pipeline,
  savedStates,
  streamOf,
} from './stream.ts'

const TAKE_OVER_MS_MAX = 10_000
/** What one worker opens, whatever the number of its partitions; each sink adds one. */
const CONNECTIONS_MAX = 11

const redis = useRedis()
const { leaseMs } = workerSchema.parse({})
/** So long that nothing is handed out again by BullMQ while a test lasts. */
const JOB_LOCK_MS = 120_000
let runs = 0
let client: Redis
let setting: PipelineSetting
let opened: Pipeline[]
let child: ChildProcess | undefined

beforeAll(() => {
  client = redis.connect()
})
afterAll(() => client.disconnect())
beforeEach(() => {
  setting = { address: redis.address, prefix: `${redis.prefix}-${runs++}` }
  opened = []
})
afterEach(async () => {
  child?.kill('SIGKILL')
  for (const one of opened) await one.stop()
})

const open = async (change: Partial<PipelineSetting> = {}, work = true) => {
  const one = await pipeline({ ...setting, ...change }, work ? { ingest: false } : { work: false })
  opened.push(one)
  return one
}

async function heldBy({ metrics }: Pipeline): Promise<number> {
  const gauge = metrics.getSingleMetric('perimeter_partitions_held')
  return (await gauge!.get()).values[0]?.value ?? 0
}

async function connections(): Promise<number> {
  const list = String(await client.client('LIST'))
  return list.split('\n').filter((line) => line.includes(` user=${redis.address.username} `)).length
}

it('is followed within ten seconds of a kill at the default lease, its jobs in hand as well', async () => {
  const events = streamOf(4_000)
  const worker = { leaseMs, jobLockMs: JOB_LOCK_MS, eventsPerCommitMax: 50 }
  const serve = await open({}, false)
  const script = new URL('./run-worker.ts', import.meta.url).pathname
  child = spawn(
    process.execPath,
    ['--import', 'tsx', script, JSON.stringify({ ...setting, worker })],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  await once(child.stdout!, 'data')
  const keys = keysAt({ prefix: setting.prefix, shard: '0' })
  const active = async () => {
    const lists = Array.from(
      { length: PARTITIONS },
      (_, one) => `${keys.root}:events-${one}:active`,
    )
    const ids = await Promise.all(lists.map((list) => client.lrange(list, 0, -1)))
    return ids.flatMap((some, partition) => some.map((id) => `${partition} ${id}`))
  }
  const next = await open({ worker })
  const parts = parsed(events)
  for (let at = 0; at < parts.length; at += 100) await serve.accept(parts.slice(at, at + 100))
  while ((await active()).length === 0) await sleep(1)
  child.kill('SIGKILL')
  const killedMs = performance.now()
  await once(child, 'exit')
  await sleep(1_000) // those of the other worker are done by now, or others
  const inHand = new Set(await active())
  await sleep(1_000)
  const left = (await active()).filter((one) => inHand.has(one))
  expect(left.length, 'jobs it had in hand').toBeGreaterThan(0)
  while ((await heldBy(next)) < PARTITIONS) await sleep(10)
  const heldMs = performance.now() - killedMs
  expect(heldMs).toBeLessThan(TAKE_OVER_MS_MAX)
  // They are taken over with the partitions; left to BullMQ, they would be held for two minutes.
  while ((await active()).some((one) => left.includes(one))) await sleep(10)
  await serve.drained()
  expect(await savedStates(client, setting.prefix)).toEqual(offline(events).states)
})

it('shares the partitions fairly as workers come and go, and moves no more than it must', async () => {
  const stream = { partitions: 12 }
  const settled = async (shares: readonly number[]) => {
    const wanted = [...shares].sort().join()
    for (let turn = 0; ; turn++) {
      const held = await Promise.all(opened.map(heldBy))
      if (held.sort().join() === wanted) return
      if (turn > 400) expect(held.join()).toBe(wanted)
      await sleep(25)
    }
  }
  const keys = keysAt({ prefix: setting.prefix, shard: '0' })
  const owners = () =>
    client.mget(...Array.from({ length: stream.partitions }, (_, one) => keys.owner(one)))
  await open({ stream })
  await settled([12])
  await open({ stream })
  await settled([6, 6])
  const before = await owners()
  await open({ stream })
  await settled([4, 4, 4])
  const after = await owners()
  expect(after.filter((owner, at) => owner !== before[at])).toHaveLength(4)
  await open({ stream })
  await open({ stream })
  await settled([3, 3, 2, 2, 2])
  await opened.shift()!.stop()
  await opened.shift()!.stop()
  await settled([4, 4, 4])
})

it('opens as many connections for 64 partitions as for 4', async () => {
  const none = await connections()
  const counts: number[] = []
  for (const partitions of [4, 64]) {
    setting = { ...setting, prefix: `${redis.prefix}-of-${partitions}` }
    const one = await open({ stream: { partitions } })
    expect(await heldBy(one)).toBe(partitions)
    await sleep(500)
    counts.push((await connections()) - none)
    await opened.pop()!.stop()
  }
  expect(counts[1]).toBe(counts[0])
  expect(counts[0]).toBeLessThanOrEqual(CONNECTIONS_MAX)
})
