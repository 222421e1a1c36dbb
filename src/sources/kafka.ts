/**
 * Kafka: reads the records of topics, as a member of a consumer group.
 *
 * A record's value is the body; its key and headers are not read. An offset is committed once all before it is
 * taken in or set aside. Where nothing can be taken in, the partition waits, and heartbeats go on, so that the
 * group keeps its members.
 *
 * Source    Apache Kafka protocol, through kafkajs.
 */
import type { Admin, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs'
import { z } from 'zod'
import { readFailure } from '../sinks/http-delivery.ts'
import {
  createKafkaClients,
  isLoginWhole,
  type KafkaClients,
  kafkaOptions,
  LOGIN_NOT_WHOLE,
  rootOf,
  topicSchema,
} from '../sinks/kafka-client.ts'
import { readAllCodecs } from './kafka-codecs.ts'
import { aborted, Sessions } from './sessions.ts'
import {
  type Arrival,
  type Inlet,
  type Source,
  type SourceKind,
  type SourceParts,
  sourceOptions,
} from './source.ts'

/** Within a session, for what passes by itself: a leader that moves. */
const RETRIES = 3
/** A member without a heartbeat for so long has left the group, in ms; its offsets are read by others. */
const SESSION_MS = 30_000
const HEARTBEAT_MS = 1_500 // so that each beat of a wait is one
/** For records to come, in ms. */
const FETCH_MS = 1_000

const schema = z
  .strictObject({
    ...sourceOptions('kafka'),
    ...kafkaOptions,
    topics: z.array(topicSchema).min(1).max(100).describe('Topics to read; they have to be there.'),
    group: z
      .string()
      .min(1)
      .max(255)
      .default('perimeter')
      .describe('Consumer group; processes that name the same one share the partitions.'),
    begin: z
      .enum(['start', 'end'])
      .default('start')
      .describe('Where a group that is new begins: with what the topics hold, or with what comes.'),
  })
  .refine(isLoginWhole, LOGIN_NOT_WHOLE)

export type KafkaSourceConfig = z.output<typeof schema>

export const kafka: SourceKind<KafkaSourceConfig> = {
  type: 'kafka',
  title: 'Apache Kafka',
  schema,
  open: openKafka,
}

function openKafka(config: KafkaSourceConfig, { log }: SourceParts): Source {
  const { name, topics, group, begin } = config
  const clients = createKafkaClients(config)
  const sessions = new Sessions(name, log)
  let admin: Admin | undefined

  /** Reads until the signal comes, or the consumer has given up. */
  async function session(inlet: Inlet, signal: AbortSignal, reads: () => void): Promise<void> {
    await readAllCodecs()
    const client = await clients.open(RETRIES)
    const consumer = client.consumer({
      groupId: group,
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTimeInMs: FETCH_MS,
      allowAutoTopicCreation: false,
      retry: { retries: RETRIES, restartOnFailure: async () => false },
    })
    const looking = client.admin()
    const gaveUp = new Promise<never>((_, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    })
    gaveUp.catch(() => {}) // it may come while nobody waits for it
    consumer.on(consumer.events.FETCH, reads) // whether there was anything or not
    try {
      await Promise.all([consumer.connect(), looking.connect()])
      admin = looking
      await consumer.subscribe({ topics, fromBeginning: begin === 'start' })
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => takeBatch(consumer, inlet, signal, payload),
      })
      await Promise.race([aborted(signal), gaveUp])
    } catch (error) {
      throw clients.refused() ?? rootOf(error)
    } finally {
      admin = undefined
      await Promise.allSettled([consumer.disconnect(), looking.disconnect()])
    }
  }

  return {
    name,
    read: (inlet, signal) => sessions.run((reads) => session(inlet, signal, reads), signal),
    check: async () => (sessions.isReading ? sessions.trouble : problemOf(clients, topics)),
    lag: async () => admin && lagOf(admin, config),
  }
}

/** Commits what is done; what is not is fetched again, by whoever has the partition then. */
async function takeBatch(
  consumer: Consumer,
  inlet: Inlet,
  signal: AbortSignal,
  { batch, heartbeat, resolveOffset }: EachBatchPayload,
): Promise<void> {
  const { topic, partition, messages } = batch
  const last = messages.at(-1)
  if (last === undefined) return
  const arrivals = messages.flatMap((message) => arrivalIn(`${topic}[${partition}]`, message))
  try {
    await inlet.take(arrivals, heartbeat)
  } catch (error) {
    if (signal.aborted) return
    throw error
  }
  resolveOffset(last.offset)
  const offset = String(BigInt(last.offset) + 1n) // where to go on
  await consumer.commitOffsets([{ topic, partition, offset }])
}

/** Nothing where the value is null, which only says of a compacted topic that a key is gone. */
function arrivalIn(from: string, { offset, value }: KafkaMessage): Arrival[] {
  return value === null ? [] : [{ place: `${from} offset ${offset}`, body: value }]
}

/** Undefined where the topics are there for us to read. */
async function problemOf(
  clients: KafkaClients,
  topics: readonly string[],
): Promise<string | undefined> {
  const admin = (await clients.open(0)).admin()
  try {
    await admin.connect()
    await admin.fetchTopicMetadata({ topics: [...topics] })
    return undefined
  } catch (error) {
    return readFailure(clients.refused() ?? rootOf(error)).reason
  } finally {
    await admin.disconnect()
  }
}

/** Records of the topics that the group has not committed. */
async function lagOf(
  admin: Admin,
  { topics, group, begin }: Pick<KafkaSourceConfig, 'topics' | 'group' | 'begin'>,
): Promise<number> {
  const committed = await admin.fetchOffsets({ groupId: group, topics: [...topics] })
  const lags = await Promise.all(
    committed.map(async ({ topic, partitions }) => {
      const ends = await admin.fetchTopicOffsets(topic)
      return partitions.map(({ partition, offset }) => {
        const { high = '0', low = '0' } = ends.find((one) => one.partition === partition) ?? {}
        const first = begin === 'start' ? low : high // of a group that has committed nothing
        return Number(high) - Number(Number(offset) < 0 ? first : offset)
      })
    }),
  )
  return lags.flat().reduce((sum, lag) => sum + lag, 0)
}
