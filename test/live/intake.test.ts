/** How the intake puts events into jobs. */
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Intake } from '../../src/runtime/intake.ts'
import { keysAt } from '../../src/runtime/keys.ts'
import { streamSchema } from '../../src/runtime/options.ts'
import { useRedis } from './redis.ts'
import { parsed, streamOf } from './stream.ts'

const PARTITIONS = 1
const redis = useRedis()
const events = parsed(streamOf(70))
let intake: Intake

beforeEach(async () => {
  const stream = streamSchema.parse({ partitions: PARTITIONS })
  const log = pino({ level: 'silent' })
  intake = await Intake.open({ address: redis.address, prefix: redis.prefix, stream, log })
})
afterEach(() => intake.close())

async function jobs(): Promise<number> {
  const client = redis.connect()
  const { intake: key } = keysAt({ prefix: redis.prefix, shard: '0' })
  const order = await client.hget(key, 'order:0')
  client.disconnect()
  return Number(order)
}

it('gathers what comes while jobs wait, and numbers it at once', async () => {
  await intake.accept(events.slice(0, 10))
  expect(await jobs()).toBe(1)
  // Nobody works on that job, so these six are numbered together: the first waits for the others.
  const batches = [1, 2, 3, 4, 5, 6].map((nth) => events.slice(10 * nth, 10 * nth + 10))
  await Promise.all(batches.map((batch) => intake.accept(batch)))
  expect(await jobs()).toBe(2)
})
