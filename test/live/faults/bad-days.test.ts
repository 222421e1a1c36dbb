/** Redis is away, slow, read-only, full, out of disk, or has forgotten: nothing accepted is lost. */
import { cp, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { afterEach, expect, it } from 'vitest'
import type { Pipeline } from '../../../src/cli/pipeline.ts'
import type { RawEvent } from '../../../src/event/event.ts'
import { keysAt } from '../../../src/runtime/keys.ts'
import { type PipelineSetting, pipeline, post, streamOf } from '../stream.ts'
import { differences } from './outcome.ts'
import { type RedisServer, startRedis } from './redis-server.ts'

const PREFIX = 'bad-day'
const BATCH = 100
const MB = 1_048_576
const keys = keysAt({ prefix: PREFIX, shard: '0' })
const raw = streamOf(3_000)

let server: RedisServer | undefined
let client: Redis
let opened: Pipeline[] = []

afterEach(async () => {
  server?.resume()
  for (const one of opened) await one.stop()
  opened = []
  client.disconnect()
  await server?.remove()
  server = undefined
})

async function begin(settings: readonly string[] = []): Promise<RedisServer> {
  server = await startRedis(settings)
  client = server.connect()
  return server
}

const open = async (
  options: Parameters<typeof pipeline>[1],
  change: Partial<PipelineSetting> = {},
) => {
  const one = await pipeline({ address: server!.address, prefix: PREFIX, ...change }, options)
  opened.push(one)
  return one
}

const numbered = async () => Number((await client.hget(keys.intake, 'number')) ?? 0)

/** As a shipper does: until all are taken, again after 503. Answers what was accepted. */
async function ship(url: string, events: readonly RawEvent[], accepted: RawEvent[]): Promise<void> {
  for (let at = 0; at < events.length; at += BATCH) {
    const batch = events.slice(at, at + BATCH)
    for (;;) {
      const { status } = await post(url, batch)
      accepted.push(...batch.slice(0, (await numbered()) - accepted.length))
      if (status === 200) break
      expect(status).toBe(503)
      await sleep(50)
    }
  }
}

/** Answers what is said while nothing can be taken. */
async function refused(url: string): Promise<{ code: string; detail: string }> {
  const response = await post(url, raw.slice(0, 1))
  expect(response.status).toBe(503)
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  return (await response.json()) as { code: string; detail: string }
}

async function drained(one: Pipeline): Promise<void> {
  for (let turn = 0; ; turn++) {
    try {
      return await one.drained(AbortSignal.timeout(30_000))
    } catch (error) {
      if (turn > 50) throw error
      await sleep(100)
    }
  }
}

const outcome = (accepted: readonly RawEvent[]) => differences({ client, prefix: PREFIX, accepted })

it('Redis is away for longer than the leases last', async () => {
  const redis = await begin()
  const serve = await open({ work: false })
  await open({ ingest: false }, { worker: { eventsPerCommitMax: 100 } })
  const accepted: RawEvent[] = []
  await ship(serve.url!, raw.slice(0, 1_500), accepted)
  await redis.kill()
  expect(await refused(serve.url!)).toMatchObject({ code: 'STORE_UNREACHABLE' })
  expect((await fetch(`${serve.url}/readyz`)).status).toBe(503)
  await sleep(1_500)
  await redis.start()
  await ship(serve.url!, raw.slice(1_500), accepted)
  await drained(serve)
  expect(await outcome(accepted)).toEqual([])
})

it('Redis goes, and a worker is told to stop in that moment: it ends', async () => {
  const redis = await begin()
  const worker = await open({ ingest: false })
  await redis.kill()
  await sleep(100) // it tries to connect again by now
  await expect(worker.stop()).resolves.toBeUndefined()
})

it('Redis answers nobody for a while, then all', async () => {
  const redis = await begin()
  const serve = await open({ work: false })
  await open({ ingest: false }, { worker: { eventsPerCommitMax: 100 } })
  const accepted: RawEvent[] = []
  const shipped = ship(serve.url!, raw, accepted)
  for (let turn = 0; turn < 4; turn++) {
    await sleep(200)
    redis.pause()
    await sleep(900) // longer than a lease
    redis.resume()
  }
  await shipped
  await drained(serve)
  expect(await outcome(accepted)).toEqual([])
})

it('Redis becomes a replica, which nobody can write to, and a master again', async () => {
  await begin()
  const serve = await open({ work: false })
  await open({ ingest: false }, { worker: { eventsPerCommitMax: 100 } })
  const accepted: RawEvent[] = []
  await ship(serve.url!, raw.slice(0, 1_500), accepted)
  await client.call('REPLICAOF', '127.0.0.1', '1')
  const { code, detail } = await refused(serve.url!)
  expect(code).toBe('STORE_UNREACHABLE')
  expect(detail).toContain('READONLY')
  await sleep(1_000)
  await client.call('REPLICAOF', 'NO', 'ONE')
  await ship(serve.url!, raw.slice(1_500), accepted)
  await drained(serve)
  expect(await outcome(accepted)).toEqual([])
})

it('Redis is nearly full: nothing is taken in until there is room', async () => {
  await begin()
  const serve = await open({ work: false })
  await client.set('something else', 'x'.repeat(4 * MB))
  const accepted: RawEvent[] = []
  await ship(serve.url!, raw.slice(0, 500), accepted)
  await sleep(2_500) // the buffers of what was sent are given back by then
  const used = Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1])
  await client.call('CONFIG', 'SET', 'maxmemory', String(Math.round(used / 0.95)))
  await sleep(300)
  const { code, detail } = await refused(serve.url!)
  expect([code, detail]).toEqual(['QUEUE_FULL', expect.stringMatching(/9\d % of its memory/)])
  expect(await numbered()).toBe(500)
  await client.del('something else')
  await sleep(300)
  await ship(serve.url!, raw.slice(500, 800), accepted)
  expect(accepted).toHaveLength(800)
})

it('Redis is full to the last byte, and gets more', async () => {
  await begin()
  const serve = await open({ work: false })
  await open({ ingest: false }, { worker: { eventsPerCommitMax: 100 } })
  const accepted: RawEvent[] = []
  await ship(serve.url!, raw.slice(0, 1_500), accepted)
  await client.call('CONFIG', 'SET', 'maxmemory', String(MB))
  const before = await client.hgetall(keys.position(0))
  expect((await refused(serve.url!)).code).toMatch(/STORE_UNREACHABLE|QUEUE_FULL/)
  await sleep(1_500)
  expect(await client.hget(keys.position(0), 'epoch')).toBe(before.epoch)
  await client.call('CONFIG', 'SET', 'maxmemory', '0')
  await sleep(300)
  await ship(serve.url!, raw.slice(1_500), accepted)
  await drained(serve)
  expect(await outcome(accepted)).toEqual([])
})

it('the disk of Redis is full, and gets more room', async () => {
  const redis = await begin(['--appendfsync', 'everysec'])
  await redis.kill()
  await redis.start(3 * MB)
  const serve = await open({ work: false })
  await open({ ingest: false }, { worker: { eventsPerCommitMax: 100 } })
  const accepted: RawEvent[] = []
  for (let at = 0; ; at += BATCH) {
    expect(at, 'it is full at last').toBeLessThan(raw.length)
    const { status } = await post(serve.url!, raw.slice(at, at + BATCH))
    if (status === 503) break
    accepted.push(...raw.slice(at, at + BATCH))
  }
  const { code, detail } = await refused(serve.url!)
  expect(code).toBe('STORE_UNREACHABLE')
  expect(detail).toContain('MISCONF Errors writing to the AOF file')
  await redis.kill()
  await redis.start()
  // What was acknowledged in the moment before it noticed may be gone, as with any `everysec`.
  accepted.length = Math.min(accepted.length, await numbered())
  await ship(serve.url!, raw.slice(accepted.length, accepted.length + 600), accepted)
  await drained(serve)
  expect(await outcome(accepted)).toEqual([])
})

it('Redis comes back without what it acknowledged last, and other events follow', async () => {
  const redis = await begin()
  const serve = await open({ work: false })
  await open({ ingest: false }, { worker: { eventsPerCommitMax: 100 } })
  const accepted: RawEvent[] = []
  await ship(serve.url!, raw.slice(0, 1_200), accepted)
  await drained(serve)
  const folder = dirname(redis.address.path!)
  await redis.kill()
  await cp(folder, `${folder}-copy`, { recursive: true, filter: (file) => !file.endsWith('.sock') })
  await redis.start()
  // These are scored, known to all partitions at the end of epochs, and then never were.
  await ship(serve.url!, raw.slice(1_200, 2_400), [...accepted])
  await drained(serve)
  await redis.kill()
  await rm(folder, { recursive: true })
  await cp(`${folder}-copy`, folder, { recursive: true })
  await redis.start()
  expect(await numbered()).toBe(accepted.length)
  await ship(serve.url!, raw.slice(1_800), accepted)
  await drained(serve)
  await rm(`${folder}-copy`, { recursive: true })
  expect(accepted).toHaveLength(2_400)
  expect(await outcome(accepted)).toEqual([])
})
