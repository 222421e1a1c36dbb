import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type SourceConfig, sourceSchema } from '../../src/sources/index.ts'
import { anEvent } from '../api/serve.ts'
import { usePipelines } from '../live/pipelines.ts'
import { useRedis } from '../live/redis.ts'
import { parsed, streamOf } from '../live/stream.ts'
import { urlOf } from '../live/url-of.ts'
import { type Reading, readSource } from './cases.ts'

const redis = useRedis()
const pipeline = usePipelines()
let client: Redis
let stream: string
let opened: Reading[] = []

beforeAll(() => {
  client = redis.connect()
})
afterAll(() => client.disconnect())
beforeEach(() => {
  stream = `${redis.prefix}-${randomBytes(4).toString('hex')}`
})
afterEach(async () => {
  await Promise.all(opened.map((one) => one.close()))
  opened = []
})

const configOf = (change: object = {}): SourceConfig =>
  sourceSchema.parse({ type: 'redis-stream', stream, claimAfterMs: 1_000, ...change })
function read(change: object = {}, ...rest: [Parameters<typeof readSource>[2]?]): Reading {
  const one = readSource(configOf(change), redis, ...rest)
  opened.push(one)
  return one
}
const put = (id: string, field = 'event') =>
  client.xadd(stream, '*', field, JSON.stringify(anEvent({ id })))
const idsOf = ({ taken }: Reading) => taken.map(({ id }) => id)

describe('an entry', () => {
  it('may be the record itself, and its body in a field of any name', async () => {
    await client.xadd(stream, '*', 'body', JSON.stringify(anEvent({ id: 'in body' })))
    const [action, time] = ['files.read', '2026-05-03T02:14:00Z']
    await client.xadd(stream, '*', 'id', 'flat', 'time', time, 'agent', 'a', 'action', action)
    const whole = read()
    await expect.poll(() => idsOf(whole)).toEqual(['in body'])
    await expect.poll(() => whole.letters()).toHaveLength(1)
    const [{ letter }] = (await whole.letters()) as unknown as [{ letter: { record: string } }]
    expect(JSON.parse(letter.record)).toEqual({ id: 'flat', time, agent: 'a', action })
    await put('named', 'payload')
    const named = read({ group: 'other', field: 'payload' })
    await expect.poll(() => idsOf(named)).toEqual(['named'])
    const reasons = (await named.letters()).map((one) => one.letter.reason)
    expect(reasons).toContain('expected a field "payload", got "body"')
  })

  it('stays until its producer trims it, or is removed once it is done', async () => {
    await put('a')
    const keeping = read()
    await expect.poll(() => idsOf(keeping)).toEqual(['a'])
    const removing = read({ group: 'other', done: 'delete' })
    await expect.poll(() => idsOf(removing)).toEqual(['a'])
    await expect.poll(() => client.xlen(stream)).toBe(0)
  })
})

describe('a group', () => {
  it('shares the entries, and takes over what a consumer that died had read', async () => {
    for (let at = 0; at < 10; at++) await put(`e-${at}`)
    await client.xgroup('CREATE', stream, 'perimeter', '0')
    await client.xreadgroup('GROUP', 'perimeter', 'dead', 'COUNT', 4, 'STREAMS', stream, '>')
    const [one, two] = [read({ count: 1 }), read({ count: 1 })]
    const all = () => [...idsOf(one), ...idsOf(two)].sort()
    await expect.poll(all, { timeout: 10_000 }).toHaveLength(10)
    expect(new Set(all()).size).toBe(10)
    await expect.poll(async () => (await client.xpending(stream, 'perimeter'))[0]).toBe(0)
    await Promise.all([one.close(), two.close()])
    opened = []
    const consumers = (await client.xinfo('CONSUMERS', stream, 'perimeter')) as unknown[][]
    expect(
      consumers.map(([, name]) => name),
      'those that closed are forgotten',
    ).toEqual(['dead'])
  })

  it('keeps hold of what it waits with, however long that takes', async () => {
    await put('a')
    let isOpen = false
    const { QuotaExceeded } = await import('../../src/runtime/quotas.ts')
    const slow = read({}, async () => {
      if (!isOpen) throw new QuotaExceeded('acme', 'eventsPerS', 'sends too much.', 2_500)
      return {}
    })
    await expect.poll(async () => (await slow.waits()).QUOTA_EXCEEDED).toBe(1)
    await sleep(2_100) // a beat: longer than what is left for others
    const [[, , idleMs]] = (await client.xpending(
      ...([stream, 'perimeter', '-', '+', 1] as const),
    )) as [[string, string, number]]
    expect(idleMs).toBeLessThan(2_000)
    isOpen = true
    await expect.poll(() => idsOf(slow), { timeout: 10_000 }).toEqual(['a'])
  })

  it('begins at the end where that is wanted, and is made anew where it is gone', async () => {
    await put('before')
    const reading = read({ begin: 'end' })
    await expect.poll(async () => reading.checks['source redis-stream']!()).toBeUndefined()
    await put('after')
    await expect.poll(() => idsOf(reading)).toEqual(['after'])
    await client.del(stream)
    await put('anew')
    await expect.poll(() => idsOf(reading), { timeout: 10_000 }).toEqual(['after', 'anew'])
  })
})

it('survives that its connections are cut', async () => {
  const reading = read()
  await put('a')
  await expect.poll(() => idsOf(reading)).toEqual(['a'])
  await client.call('CLIENT', 'KILL', 'USER', String(redis.address.username), 'SKIPME', 'yes')
  await put('b')
  await expect.poll(() => idsOf(reading), { timeout: 10_000 }).toEqual(['a', 'b'])
  await expect.poll(() => reading.checks['source redis-stream']!()).toBeUndefined()
})

it('says why it cannot be read', async () => {
  await client.set(stream, 'a text')
  const reading = read()
  const check = reading.checks['source redis-stream']!
  await expect.poll(check).toMatch(/^WRONGTYPE/)
  await client.del(stream)
  await expect.poll(check, { timeout: 10_000 }).toBeUndefined()
})

it('leads from a stream of another Redis to events that are scored, in a pipeline that is ready', async () => {
  process.env.PERIMETER_TEST_STREAM_URL = urlOf(redis.address)
  const events = streamOf(300)
  const sources = [{ ...configOf(), url: { env: 'PERIMETER_TEST_STREAM_URL' } }]
  let done = 0
  const one = await pipeline(
    { address: redis.address, prefix: `${redis.prefix}-p`, sources },
    { committed: (what) => (done += what.scored + what.duplicates) },
  )
  for (const event of events) await client.xadd(stream, '*', 'event', JSON.stringify(event))
  await expect.poll(() => done, { timeout: 20_000 }).toBe(parsed(events).length)
  expect((await fetch(`${one.url}/readyz`)).status).toBe(200)
  const told = async (name: string) => (await one.metrics.getSingleMetricAsString(name)).trim()
  const labels = 'source="redis-stream"'
  expect(await told('perimeter_source_records_total')).toContain(
    `{${labels},outcome="accepted"} ${events.length}`,
  )
  const lag = () => told('perimeter_source_lag')
  await expect.poll(lag, { timeout: 10_000 }).toMatch(new RegExp(`{${labels}} 0$`))
  delete process.env.PERIMETER_TEST_STREAM_URL
})
