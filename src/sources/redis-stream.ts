/**
 * Redis Stream: reads the entries of a stream, as a consumer of a group.
 *
 * Processes with the same group share the entries. One that dies leaves what it had read, and others take it
 * over once it has lain for `claimAfterMs`; what was taken in before that counts once, by the events' ids.
 * An entry is acknowledged once it is taken in or set aside.
 *
 * Source    Redis Streams: XREADGROUP, XAUTOCLAIM, XACK; Redis 6.2 or later.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { shown } from '../event/refusal.ts'
import { askRedis } from '../runtime/ask-redis.ts'
import { storeFailure } from '../runtime/connection.ts'
import { type RedisAddress, redisOptions } from '../runtime/redis-address.ts'
import { redisPlace, redisPlaceOptions } from './redis-place.ts'
import {
  type Arrival,
  type Inlet,
  type Source,
  type SourceKind,
  type SourceParts,
  sourceOptions,
} from './source.ts'
import { type Entry, StreamConsumer } from './stream-consumer.ts'

/** Between two tries after a failure, in ms; doubled from the first to the last. */
const RETRY_MS_MIN = 100
const RETRY_MS_MAX = 5_000
/** For an answer where nothing is read, in ms. */
const ASK_MS_MAX = 5_000
/** Fields that hold the body where none is named. */
const BODY_FIELDS = ['event', 'body'] as const

const schema = z.strictObject({
  ...sourceOptions('redis-stream'),
  ...redisPlaceOptions,
  stream: z.string().min(1).max(512).describe('Key of the stream.'),
  group: z
    .string()
    .min(1)
    .max(255)
    .default('perimeter')
    .describe('Consumer group; processes that name the same one share the entries.'),
  begin: z
    .enum(['start', 'end'])
    .default('start')
    .describe('Where a group that is new begins: with what the stream holds, or with what comes.'),
  field: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      'Field of an entry that holds the body. Without it `event` or `body`; where there is neither, the whole entry is the record.',
    ),
  count: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(500)
    .describe('Entries read at a time. More is cheaper for each; less holds less memory.'),
  claimAfterMs: z
    .number()
    .int()
    .min(1_000)
    .max(86_400_000)
    .default(60_000)
    .describe('After so long without a sign of life, in ms, what another had read is taken over.'),
  done: z
    .enum(['keep', 'delete'])
    .default('keep')
    .describe('What becomes of an entry that is done. `delete` only where no other group reads.'),
})

export type RedisStreamConfig = z.output<typeof schema>

export const redisStream: SourceKind<RedisStreamConfig> = {
  type: 'redis-stream',
  title: 'Redis Stream',
  schema,
  open: openRedisStream,
}

function openRedisStream(config: RedisStreamConfig, parts: SourceParts): Source {
  const { name, stream } = config
  const place = redisPlace(config, stream, parts)
  const consumer = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`
  let isReading = false
  let trouble: string | undefined = 'it is not connected yet'
  let connected: StreamConsumer | undefined
  let latest: string | undefined // id of the entry that was read last, for a group that is lost

  /** Reads over one connection, until the signal comes or something fails. */
  async function session(inlet: Inlet, signal: AbortSignal): Promise<void> {
    const reading = new StreamConsumer({ ...config, ...parts, consumer, address: await place() })
    try {
      await reading.join(latest)
      connected = reading
      trouble = undefined
      while (!signal.aborted) {
        const entries = await reading.next()
        if (entries.length === 0) continue
        const arrivals = entries.flatMap((entry) => arrivalIn(entry, config.field))
        try {
          await inlet.take(arrivals, () => reading.hold(entries))
        } catch (error) {
          if (signal.aborted) await reading.letGo(entries)
          throw error
        }
        await reading.done(entries)
        latest = String(entries.at(-1)![0]) // there is one
      }
      await reading.leave()
    } finally {
      connected = undefined
      reading.close()
    }
  }

  return {
    name,
    async read(inlet, signal) {
      isReading = true
      for (let failures = 0; !signal.aborted; failures++) {
        try {
          await session(inlet, signal)
        } catch (error) {
          if (signal.aborted) return
          if (trouble === undefined) failures = 0
          trouble = (error as Error).message
          parts.log.warn({ source: name, why: trouble }, 'a source cannot be read')
          const pauseMs = Math.min(RETRY_MS_MIN * 2 ** failures, RETRY_MS_MAX)
          await sleep(pauseMs, undefined, { signal }).catch(() => {})
        }
      }
    },
    check: async () => (isReading ? trouble : problemOf(place, stream)),
    lag: async () => connected?.lag(),
  }
}

/** What an entry holds; nothing where it was deleted meanwhile. */
function arrivalIn([id, fields]: Entry, named: string | undefined): Arrival[] {
  if (fields === null) return []
  const place = String(id)
  const names = fields.filter((_, at) => at % 2 === 0).map(String)
  const chosen = named ?? BODY_FIELDS.find((field) => names.includes(field))
  if (chosen === undefined) {
    const body = Object.fromEntries(names.map((field, at) => [field, String(fields[2 * at + 1])]))
    return [{ place, body }]
  }
  const body = fields[2 * names.indexOf(chosen) + 1]
  if (names.includes(chosen) && body !== undefined) return [{ place, body }]
  return [{ place, problem: `expected a field "${chosen}", got ${shown(names.join(', '))}` }]
}

/** Undefined where the key is a stream, or nothing yet. */
async function problemOf(
  place: () => Promise<RedisAddress>,
  stream: string,
): Promise<string | undefined> {
  try {
    const where = redisOptions(await place())
    const type = await askRedis(where, ASK_MS_MAX, (client) => client.type(stream))
    if (type === 'stream' || type === 'none') return undefined
    return `${shown(stream)} is a ${type}: expected a stream`
  } catch (error) {
    return storeFailure(error).message
  }
}
