/** One noisy tenant, or several, leave room for the rest; and what waits of whom is counted exactly. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RawEvent } from '../../src/event/event.ts'
import { eventQueueName, type Keys, keysAt } from '../../src/runtime/keys.ts'
import { roomDifferences } from './faults/outcome.ts'
import { usePipelines } from './pipelines.ts'
import { useRedis } from './redis.ts'
import { PARTITIONS, type PipelineSetting, post } from './stream.ts'

const redis = useRedis()
const openOne = usePipelines()
const START_MS = Date.UTC(2026, 1, 2)
let runs = 0
let made = 0
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

const open = (change: Partial<PipelineSetting>, options: Parameters<typeof openOne>[1]) =>
  openOne({ ...setting, ...change }, options)

/** Events of one agent, and so a single job where they are few. */
function eventsOf(tenant: string, count: number): RawEvent[] {
  return Array.from({ length: count }, () => ({
    id: `${made++}`,
    time: START_MS + 1_000 * made,
    tenant,
    agent: { id: 'reader' },
    action: 'files.read',
    resource: { id: 'sites/reports' },
  }))
}

const numbered = async () => Number((await client.hget(keys.intake, 'number')) ?? 0)

/** Posts batches of one event until one is refused. Answers how many were taken, and the answer. */
async function fill(url: string, tenant: string) {
  for (let taken = 0; ; taken++) {
    const response = await post(url, eventsOf(tenant, 1))
    if (response.status !== 200) return { taken, response }
  }
}

describe('the share of the queue', () => {
  const half = { stream: { queueJobsMax: 40 }, quotas: { queueShare: 0.5 } }

  it('is for one half of it, for each of two a third, and there is room for one more', async () => {
    const { url } = await open(half, { work: false })
    const first = await fill(url!, 'noisy')
    expect(first.taken).toBe(20)
    expect(first.response.status).toBe(429)
    expect(Number(first.response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await first.response.json()).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      title: 'Too Many Requests',
      detail:
        'Tenant "noisy" has 20 jobs waiting where 20 of 40 wait: expected fewer than 20, by a queueShare of 0.5.',
      quota: { tenant: 'noisy', name: 'queueShare' },
    })
    expect((await fill(url!, 'noisy too')).taken).toBe(10)
    expect((await fill(url!, 'also noisy')).taken).toBe(5)
    expect((await post(url!, eventsOf('quiet', 1))).status).toBe(200)
    expect(await numbered()).toBe(36)
    const told = await (await fetch(`${url}/metrics`)).text()
    expect(told).toContain('perimeter_tenant_refused_total{tenant="noisy",quota="queueShare"} 1')
  })

  it('is the same for all ingests together', async () => {
    const [one, two] = [await open(half, { work: false }), await open(half, { work: false })]
    expect((await fill(one.url!, 'noisy')).taken).toBe(20)
    await sleep(250) // what one has taken the other knows by then
    expect((await fill(two.url!, 'noisy')).taken).toBe(0)
  })

  it('can be another for one tenant, also the whole', async () => {
    const tenants = { large: { queueShare: 1 }, small: { queueShare: 0.2 } }
    const quotas = { ...half.quotas, tenants }
    const { url } = await open({ ...half, quotas }, { work: false })
    expect((await fill(url!, 'small')).taken).toBe(8)
    const { taken, response } = await fill(url!, 'large')
    expect(taken).toBe(32)
    expect(await response.json()).toMatchObject({ status: 503, code: 'QUEUE_FULL' })
  })

  it('refuses a batch of several tenants as a whole', async () => {
    const { url } = await open(half, { work: false })
    const { taken } = await fill(url!, 'noisy')
    const both = [...eventsOf('quiet', 3), ...eventsOf('noisy', 1)]
    const response = await post(url!, both)
    expect(await response.json()).toMatchObject({ status: 429, quota: { tenant: 'noisy' } })
    expect(await numbered()).toBe(taken)
    expect((await post(url!, both.slice(0, 3))).status).toBe(200)
  })

  it('is given back as its jobs are done', async () => {
    const { url } = await open(half, { work: false })
    await fill(url!, 'noisy')
    expect(await roomDifferences({ client, prefix: setting.prefix })).toEqual([])
    const worker = await open({}, { ingest: false })
    await worker.drained()
    expect(await client.keys(`${keys.root}:waiting:*`)).toEqual([])
    await sleep(250)
    expect((await post(url!, eventsOf('noisy', 1))).status).toBe(200)
  })

  it('is given back though a job is lost', async () => {
    const { url } = await open(half, { work: false })
    for (let turn = 0; turn < 3; turn++) await post(url!, eventsOf('noisy', 1))
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const queue = `${keys.root}:${eventQueueName(partition)}`
      const jobs = await client.lrange(`${queue}:wait`, 0, -1)
      if (jobs.length === 0) continue
      await client.lrem(`${queue}:wait`, 1, jobs[1]!)
      await client.del(`${queue}:${jobs[1]}`)
    }
    const worker = await open({}, { ingest: false })
    await worker.drained()
    expect(await client.keys(`${keys.root}:waiting:*`)).toEqual([])
  })

  it('lets a quiet tenant in at any time, however hard a noisy one tries', async () => {
    const stream = { queueJobsMax: 80 }
    const { url } = await open({ stream, quotas: half.quotas }, { work: false })
    await fill(url!, 'noisy')
    const worker = await open({ stream }, { ingest: false })
    let isOver = false
    const push = async () => {
      while (!isOver) await post(url!, eventsOf('noisy', 100))
    }
    const noise = Promise.all(Array.from({ length: 4 }, push))
    const statuses = new Set<number>()
    for (let turn = 0; turn < 20; turn++) {
      statuses.add((await post(url!, eventsOf('quiet', 1))).status)
      expect(await roomDifferences({ client, prefix: setting.prefix })).toEqual([])
      await sleep(100)
    }
    isOver = true
    await noise
    expect([...statuses]).toEqual([200])
    await worker.drained()
    expect(await client.keys(`${keys.root}:waiting:*`)).toEqual([])
  })
})

describe('the rate', () => {
  /** Ten events, and then one in ten seconds: no machine is so slow that it makes a difference. */
  const slow = { quotas: { eventsPerS: 0.1, burstS: 100 } }

  it('lets a burst through, and says when there is enough again', async () => {
    const [one, two] = [await open(slow, { work: false }), await open(slow, { work: false })]
    expect((await post(one.url!, eventsOf('noisy', 6))).status).toBe(200)
    expect((await post(two.url!, eventsOf('noisy', 4))).status).toBe(200)
    const response = await post(one.url!, eventsOf('noisy', 3))
    expect(response.status).toBe(429)
    const afterS = Number(response.headers.get('retry-after'))
    expect(afterS).toBeGreaterThan(20)
    expect(afterS).toBeLessThanOrEqual(30)
    expect(await response.json()).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      detail: 'Tenant "noisy" sends 3 events too soon: expected 0.1 a second at most.',
      quota: { tenant: 'noisy', name: 'eventsPerS' },
    })
    expect((await post(one.url!, eventsOf('quiet', 1))).status).toBe(200)
    expect(await numbered()).toBe(11)
    expect(await client.pttl(keys.bucket('noisy'))).toBeLessThanOrEqual(100_000)
  })

  it('lets a batch through that no bucket holds, once it is full, and has it paid for', async () => {
    const { url } = await open(slow, { work: false })
    expect((await post(url!, eventsOf('noisy', 30))).status).toBe(200)
    const response = await post(url!, eventsOf('noisy', 1))
    const afterS = Number(response.headers.get('retry-after'))
    expect(afterS).toBeGreaterThan(200)
    expect(afterS).toBeLessThanOrEqual(210)
  })

  it('takes nothing off any bucket where one has too little', async () => {
    const { url } = await open(slow, { work: false })
    await post(url!, eventsOf('noisy', 10))
    const both = [...eventsOf('quiet', 10), ...eventsOf('noisy', 1)]
    expect((await post(url!, both)).status).toBe(429)
    expect((await post(url!, both.slice(0, 10))).status).toBe(200)
  })

  it('lets go on after the time it names', async () => {
    const { url } = await open({ quotas: { eventsPerS: 10, burstS: 1 } }, { work: false })
    await post(url!, eventsOf('noisy', 10))
    const response = await post(url!, eventsOf('noisy', 10))
    expect(response.status).toBe(429)
    await sleep(1_000 * Number(response.headers.get('retry-after')))
    expect((await post(url!, eventsOf('noisy', 10))).status).toBe(200)
    await sleep(1_100)
    expect(await client.exists(keys.bucket('noisy'))).toBe(0)
  })
})
