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
import { z } from 'zod'
import { shown } from '../event/refusal.ts'
import { problemOfKey, redisPlace, redisPlaceOptions } from './redis-place.ts'
import { Sessions } from './sessions.ts'
import {
  type Arrival,
  type Inlet,
  type Source,
  type SourceKind,
  type SourceParts,
  sourceOptions,
} from './source.ts'
import { type Entry, StreamConsumer } from './stream-consumer.ts'

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
  const sessions = new Sessions(name, parts.log)
  let connected: StreamConsumer | undefined
  let latest: string | undefined // id of the entry that was read last, for a group that is lost

  /** Reads over one connection, until the signal comes or something fails. */
  async function session(inlet: Inlet, signal: AbortSignal, reads: () => void): Promise<void> {
    const reading = new StreamConsumer({ ...config, ...parts, consumer, address: await place() })
    try {
      await reading.join(latest)
      connected = reading
      reads()
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
    read: (inlet, signal) => sessions.run((reads) => session(inlet, signal, reads), signal),
    check: async () =>
      sessions.isReading ? sessions.trouble : problemOfKey(place, stream, 'stream'),
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
