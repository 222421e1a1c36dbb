/** Every kind of source, played by real software, and what is read from it. */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { pino } from 'pino'
import { createMetricsRegistry } from '../../src/api/metrics.ts'
import type { Event } from '../../src/event/event.ts'
import { type KeptLetter, keptLetters } from '../../src/runtime/dead-letters.ts'
import { createGate } from '../../src/runtime/gate.ts'
import { createIngestMetrics } from '../../src/runtime/ingest-metrics.ts'
import { keysAt } from '../../src/runtime/keys.ts'
import type { Accept } from '../../src/runtime/take-in.ts'
import { openSource, type SourceConfig, sourceSchema } from '../../src/sources/index.ts'
import { createSourceMetrics } from '../../src/sources/metrics.ts'
import { runSources } from '../../src/sources/run-sources.ts'
import type { TestRedis } from '../live/redis.ts'
import { freePort } from '../live/servers.ts'
import { type KafkaBroker, startKafka } from '../sinks/kafka-broker.ts'

/** Something a source can read, with what is put there to be read. */
export interface Played {
  readonly config: SourceConfig
  put(bodies: readonly string[]): Promise<void>
  /** How many are not acknowledged. */
  left(): Promise<number>
  close(): Promise<void>
}

export type Case = (redis: TestRedis) => Promise<Played>

export const cases: Readonly<Record<SourceConfig['type'], Case>> = {
  async 'redis-stream'(redis) {
    const client = redis.connect()
    const stream = `${redis.prefix}-stream-${randomBytes(4).toString('hex')}`
    return {
      config: sourceSchema.parse({
        type: 'redis-stream',
        name: 'mine',
        stream,
        claimAfterMs: 1_000,
      }),
      async put(bodies) {
        for (const body of bodies) await client.xadd(stream, '*', 'event', body)
      },
      async left() {
        const [group] = (await client.xinfo('GROUPS', stream)) as unknown[][]
        const told = new Map(group!.map((key, at) => [key, group![at + 1]]))
        return Number(told.get('pending')) + Number(told.get('lag'))
      },
      close: async () => client.disconnect(),
    }
  },

  async bullmq(redis) {
    const prefix = `${redis.prefix}-${randomBytes(4).toString('hex')}`
    const queue = new Queue('events', { connection: redis.address, prefix })
    const config = { type: 'bullmq', name: 'mine', queue: 'events', prefix, jobs: 10 }
    return {
      config: sourceSchema.parse(config),
      async put(bodies) {
        await queue.addBulk(bodies.map((data) => ({ name: 'event', data })))
      },
      async left() {
        const counts = await queue.getJobCounts('wait', 'active')
        return counts.wait! + counts.active!
      },
      close: () => queue.close(),
    }
  },

  kafka: async () => playKafka(await startKafka()),

  /** A sender that says each in a connection of its own, until the source ends it in return. */
  async syslog() {
    const port = await freePort()
    const waiting: string[] = []
    let sending: Promise<void> | undefined
    let socket: Socket | undefined
    let isClosed = false
    const say = (body: string) =>
      new Promise<boolean>((resolve) => {
        const text = `<134>1 - host agent - - - ${body}`
        socket = connect(port, '127.0.0.1')
          .once('end', () => resolve(true))
          .resume()
        socket.once('error', () => resolve(false)).once('close', () => resolve(false))
        socket.end(`${Buffer.byteLength(text)} ${text}`)
      })
    async function sayAll(): Promise<void> {
      while (waiting.length > 0 && !isClosed) {
        if (await say(waiting[0]!)) waiting.shift()
        else await sleep(50)
      }
      sending = undefined
    }
    return {
      config: sourceSchema.parse({ type: 'syslog', name: 'mine', transport: 'tcp', port }),
      async put(bodies) {
        waiting.push(...bodies)
        sending ??= sayAll()
      },
      left: async () => waiting.length,
      async close() {
        isClosed = true
        socket?.destroy()
        await sending
      },
    }
  },
}

/** A topic of the broker, with a producer of its own. */
export async function playKafka(broker: KafkaBroker): Promise<Played> {
  const topic = 'events'
  const address = `127.0.0.1:${broker.port}`
  const client = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING })
  const [producer, admin] = [
    client.producer({ createPartitioner: Partitioners.DefaultPartitioner }),
    client.admin(),
  ]
  await Promise.all([producer.connect(), admin.connect()])
  const config = { type: 'kafka', name: 'mine', brokers: [address], topics: [topic] }
  return {
    config: sourceSchema.parse({ ...config, tls: false, allowPrivate: ['127.0.0.1'] }),
    async put(bodies) {
      for (const value of bodies) await producer.send({ topic, messages: [{ value }] })
    },
    async left() {
      const [done] = await admin.fetchOffsets({ groupId: 'perimeter', topics: [topic] })
      const [end] = await admin.fetchTopicOffsets(topic)
      return Number(end!.offset) - Math.max(Number(done!.partitions[0]!.offset), 0)
    },
    async close() {
      await Promise.all([producer.disconnect(), admin.disconnect()])
      await broker.close()
    },
  }
}

export interface Reading {
  readonly taken: Event[]
  /** How often, by the code of the reason. */
  waits(): Promise<Readonly<Record<string, number>>>
  lag(): Promise<number | undefined>
  readonly checks: Readonly<Record<string, () => Promise<string | undefined>>>
  letters(): Promise<KeptLetter[]>
  readonly logged: string[]
  close(): Promise<void>
}

/** Reads a source as a pipeline does, up to where its events would be queued. */
export function readSource(
  config: SourceConfig,
  redis: TestRedis,
  accepting: Accept = async () => ({}),
): Reading {
  const client = redis.connect()
  const prefix = `${redis.prefix}-${randomBytes(4).toString('hex')}`
  const keys = keysAt({ prefix, shard: '0' })
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => logged.push(line) })
  const taken: Event[] = []
  const registry = createMetricsRegistry()
  const sourceMetrics = createSourceMetrics(registry)
  const running = runSources(
    [{ source: openSource(config, { address: redis.address, log }), config }],
    {
      ...{ client, keys, sourceMetrics, log },
      parseBody: createGate({ client, keys, clockSkewMsMax: 86_400_000, ownFormats: [], log }),
      metrics: createIngestMetrics(registry),
      async accept(events, how) {
        const answer = await accepting(events, how)
        taken.push(...events)
        return answer
      },
    },
  )
  return {
    ...{ taken, logged, checks: running.checks },
    async waits() {
      const { values } = await sourceMetrics.waits.get()
      return Object.fromEntries(values.map(({ labels, value }) => [labels.code, value]))
    },
    lag: async () => (await sourceMetrics.lag.get()).values[0]?.value,
    letters: () => keptLetters(client, keys),
    async close() {
      await running.close()
      client.disconnect()
    },
  }
}
