import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { EngineError } from '../../src/errors.ts'
import { QuotaExceeded } from '../../src/runtime/quotas.ts'
import { openSource, type SourceConfig } from '../../src/sources/index.ts'
import { anEvent } from '../api/serve.ts'
import { useRedis } from '../live/redis.ts'
import { type KafkaBroker, startKafka } from '../sinks/kafka-broker.ts'
import { type Played, playKafka, type Reading, readSource } from './cases.ts'

const redis = useRedis()
const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function play(): Promise<{ broker: KafkaBroker; played: Played }> {
  const broker = await startKafka()
  const played = await playKafka(broker)
  opened.push(played)
  return { broker, played }
}
function read(config: SourceConfig, accept?: Parameters<typeof readSource>[2]): Reading {
  const one = readSource(config, redis, accept)
  opened.push(one)
  return one
}
const body = (id: string) => JSON.stringify(anEvent({ id }))
const idsOf = ({ taken }: Reading) => taken.map(({ id }) => id)
const log = { debug() {}, info() {}, warn() {}, error() {} }

it('stays a member while it waits, and reads nothing further', async () => {
  const { broker, played } = await play()
  await played.put([body('a')])
  let isOpen = false
  const reading = read(played.config, async () => {
    if (!isOpen) throw new QuotaExceeded('acme', 'eventsPerS', 'sends too much.', 3_500)
    return {}
  })
  await expect.poll(async () => (await reading.waits()).QUOTA_EXCEEDED).toBe(1)
  await played.put([body('b')])
  const before = broker.heartbeats()
  await expect.poll(() => broker.heartbeats(), { timeout: 5_000 }).toBeGreaterThan(before)
  expect(await played.left()).toBe(2)
  isOpen = true
  await expect.poll(() => idsOf(reading), { timeout: 10_000 }).toEqual(['a', 'b'])
  expect(Object.keys(await reading.waits())).toEqual(['QUOTA_EXCEEDED'])
  await expect.poll(() => played.left()).toBe(0)
})

it('lets go of what it waits with where the group is dealt out anew, and reads it again', async () => {
  const { broker, played } = await play()
  await played.put([body('a'), body('b')])
  let isOpen = false
  const reading = read(played.config, async () => {
    if (!isOpen) throw new EngineError('QUEUE_FULL', 'Too much waits.')
    return {}
  })
  await expect.poll(async () => (await reading.waits()).QUEUE_FULL).toBeGreaterThan(0)
  broker.expel()
  await sleep(500)
  isOpen = true
  await expect.poll(() => played.left(), { timeout: 20_000 }).toBe(0)
  expect([...new Set(idsOf(reading))]).toEqual(['a', 'b'])
})

/** Three events each, as the producer of Apache Kafka 4.2.1 wrote them with each of its codecs. */
const batches: Record<string, string> = JSON.parse(
  readFileSync(new URL('kafka-batches.json', import.meta.url), 'utf8'),
)

it('reads what was compressed with any codec of Kafka', async () => {
  const { broker, played } = await play()
  expect(Object.keys(batches)).toEqual(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
  for (const batch of Object.values(batches)) broker.append('events', Buffer.from(batch, 'base64'))
  const reading = read(played.config)
  await expect.poll(() => reading.taken.length, { timeout: 10_000 }).toBe(15)
  expect(idsOf(reading)).toEqual(Array.from({ length: 15 }, (_, at) => `e-${at}`))
  await expect.poll(() => played.left()).toBe(0)
})

it('goes no further at a batch that is damaged, and says so', async () => {
  const { broker, played } = await play()
  const damaged = Buffer.from(batches.gzip!, 'base64')
  damaged.fill(0xff, damaged.length - 20)
  broker.append('events', Buffer.from(batches.none!, 'base64'))
  broker.append('events', damaged)
  const reading = read(played.config)
  const check = reading.checks['source mine']!
  await expect.poll(check, { timeout: 10_000 }).not.toMatch(/not connected yet/)
  for (let at = 0; at < 5; at++) {
    expect(await check()).toMatch(/./)
    await sleep(200)
  }
  expect(await played.left()).toBe(6)
})

it('says why it cannot be read, and goes on once it can', async () => {
  const { broker, played } = await play()
  const reading = read(played.config)
  const check = reading.checks['source mine']!
  await played.put([body('a')])
  await expect.poll(() => idsOf(reading), { timeout: 10_000 }).toEqual(['a'])
  expect(await check()).toBeUndefined()
  await expect.poll(() => reading.lag(), { timeout: 5_000 }).toBe(0)
  const gone = { ...played.config, brokers: ['127.0.0.1:1'] }
  const deaf = read(gone)
  await expect.poll(deaf.checks['source mine']!, { timeout: 20_000 }).toMatch(/ECONNREFUSED/)
  const parts = { address: undefined, log }
  expect(await openSource(gone, parts).check()).toMatch(/ECONNREFUSED/)
  const strict = openSource({ ...played.config, allowPrivate: [] }, parts)
  const connections = broker.connections()
  expect(await strict.check()).toContain('not a public address')
  expect(broker.connections()).toBe(connections)
})

it('takes a user name only with its password', () => {
  const config = { type: 'kafka', brokers: ['kafka.example:9093'], topics: ['a'], username: 'u' }
  const open = () => openSource(config, { address: undefined, log })
  expect(open).toThrow(/both username and password/)
})
