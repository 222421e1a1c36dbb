/** What is known at an epoch's end, whether its shares are in memory or come from Redis. */
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { agentKey, Engine, partitionOf } from '../../src/engine.ts'
import { type Epochs, freeze, openEpochs, thaw } from '../../src/runtime/epochs.ts'
import { type Keys, keysAt } from '../../src/runtime/keys.ts'
import { mergeKnowledge } from '../../src/scoring/knowledge.ts'
import { useRedis } from './redis.ts'
import { until } from './servers.ts'
import { MODEL, parsed, streamOf, THRESHOLD } from './stream.ts'

const PARTITIONS = 2
const EPOCHS = 6
const EVENTS_PER_EPOCH = 80

const redis = useRedis()
const VERSIONS = { modelOf: async () => MODEL, registryOf: async () => undefined }
const events = parsed(streamOf(EPOCHS * EVENTS_PER_EPOCH))
let client: Redis
let runs = 0

beforeAll(() => {
  client = redis.connect()
})
afterAll(() => client.disconnect())

/** Which partitions tell this process what they have handed in: the others work elsewhere. */
type IsHere = (partition: number, epoch: number) => boolean

/** Lives some epochs; answers what was known at the end of each. */
async function knowledgeOf(isHere: IsHere): Promise<string[]> {
  const keys = keysAt({ prefix: `${redis.prefix}-${runs++}`, shard: '0' })
  const epochs = openEpochs(client, keys, PARTITIONS, VERSIONS)
  const options = { threshold: THRESHOLD, model: MODEL }
  const engines = Array.from({ length: PARTITIONS }, () => new Engine(options, new Map()))
  const known: string[] = []
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const start = epoch * EVENTS_PER_EPOCH
    for (const event of events.slice(start, start + EVENTS_PER_EPOCH)) {
      const engine = engines[partitionOf(agentKey(event), PARTITIONS)]!
      engine.take(event, { isAlerting: true, frozenMs: undefined })
    }
    for (const [partition, engine] of engines.entries()) {
      await handIn(epochs, keys, epoch, { partition, engine, isHere: isHere(partition, epoch) })
    }
    for (const engine of engines) {
      const { knowledge, model } = (await epochs.knownAfter(epoch - 1))!
      engine.adopt(knowledge, model, undefined)
    }
    const bytes = epoch === 0 ? null : await client.getBuffer(keys.knowledge(epoch - 1))
    known.push(bytes?.toString('hex') ?? '')
  }
  return known
}

async function handIn(
  epochs: Epochs,
  keys: Keys,
  epoch: number,
  { partition, engine, isHere }: { partition: number; engine: Engine; isHere: boolean },
): Promise<void> {
  const share = engine.handIn()
  await client.hset(keys.shares(epoch), { [partition]: freeze(share) } as never)
  if (isHere) epochs.handIn(epoch, partition, share)
}

it('is the same to the bit', async () => {
  const fromRedis = await knowledgeOf(() => false)
  expect(new Set(fromRedis).size).toBe(EPOCHS)
  expect(await knowledgeOf(() => true)).toEqual(fromRedis)
  expect(await knowledgeOf((partition) => partition === 0)).toEqual(fromRedis)
  // A partition that comes and goes.
  expect(await knowledgeOf((partition, epoch) => partition === 0 || epoch % 3 > 0)).toEqual(
    fromRedis,
  )
})

it('is read from Redis again once the connection broke off', async () => {
  const keys = keysAt({ prefix: `${redis.prefix}-${runs++}`, shard: '0' })
  const epochs = openEpochs(client, keys, 1, VERSIONS)
  const [engine, other] = [0, 1].map(() => new Engine({ threshold: THRESHOLD }, new Map()))
  for (const event of events.slice(0, 50)) {
    engine!.take(event, { isAlerting: true, frozenMs: undefined })
  }
  for (const event of events.slice(50, 80)) {
    other!.take(event, { isAlerting: true, frozenMs: undefined })
  }
  epochs.handIn(0, 0, engine!.handIn())
  const closed = new Promise((resolve) => client.once('close', resolve))
  client.disconnect(true)
  await closed
  await until(async () => client.status === 'ready')
  // Redis has lost what was handed in, and other events took its place.
  const share = freeze(other!.handIn())
  await client.hset(keys.shares(0), { 0: share } as never)
  const { knowledge } = (await epochs.knownAfter(0))!
  expect(freeze(knowledge)).toEqual(freeze(mergeKnowledge(new Map(), [thaw(share)])))
})
