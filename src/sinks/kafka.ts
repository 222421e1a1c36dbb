/**
 * Kafka: writes each alert to a topic.
 *
 * The key of a record is the alert's id: all its revisions are in one partition, in order, and of a
 * compacted topic the latest stays. Headers carry id and revision, by which a record that came twice is
 * known. An alert counts as delivered once all replicas that are in sync have it.
 *
 * Source    Apache Kafka protocol, through kafkajs.
 */
import type { Producer } from 'kafkajs'
import { z } from 'zod'
import type { AddressRefused } from './address-guard.ts'
import { batchOption, inBatches } from './batch.ts'
import { readFailure, type Undelivered } from './http-delivery.ts'
import {
  createKafkaClients,
  isLoginWhole,
  type KafkaClients,
  kafkaOptions,
  LOGIN_NOT_WHOLE,
  rootOf,
  topicSchema,
} from './kafka-client.ts'
import { shapeNames, shapes } from './shapes/shape.ts'
import { type Sink, type SinkKind, sinkOptions } from './sink.ts'

const ALL_IN_SYNC = -1
/** What a broker calls it where it does not take what is in a record. */
const OF_CONTENT = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD'])

const schema = z
  .strictObject({
    ...sinkOptions('kafka'),
    ...kafkaOptions,
    topic: topicSchema.describe('Topic to write to; it has to be there.'),
    shape: z
      .enum(shapeNames)
      .default('alert')
      .describe('The alert itself, an OCSF finding, or an ECS document.'),
    ...batchOption,
  })
  .refine(isLoginWhole, LOGIN_NOT_WHOLE)

export type KafkaConfig = z.output<typeof schema>

export const kafka: SinkKind<KafkaConfig> = {
  type: 'kafka',
  title: 'Apache Kafka',
  schema,
  open: openKafka,
}

function openKafka(config: KafkaConfig): Sink {
  const { name, topic, timeoutMs } = config
  const clients = createKafkaClients(config)
  let held: Promise<Producer> | undefined

  /** Connected; made anew after anything went wrong, for the brokers may have moved. */
  const producer = (): Promise<Producer> => {
    held ??= openProducer(clients)
    return held
  }
  const drop = async (): Promise<void> => {
    const dropped = held
    held = undefined
    await dropped?.then(
      (one) => one.disconnect(),
      () => {},
    )
  }
  const attempt = async (work: (one: Producer) => Promise<string>, signal?: AbortSignal) => {
    const timeout = AbortSignal.timeout(timeoutMs)
    const ended = endOf(signal === undefined ? timeout : AbortSignal.any([timeout, signal]))
    try {
      return await Promise.race([producer().then(work), ended])
    } catch (error) {
      void drop()
      return failureOf(error, clients.refused(), timeout.aborted ? timeoutMs : undefined)
    }
  }

  return {
    name,
    ...inBatches(config.batch, async (alerts, { signal, heard, traceparent }) => {
      const messages = alerts.map((alert) => ({
        key: alert.id,
        value: shapes[config.shape].write(alert),
        headers: {
          'content-type': 'application/json',
          alert_id: alert.id,
          revision: String(alert.revision),
          severity: alert.severity,
          ...(traceparent === undefined ? {} : { traceparent }),
        },
      }))
      const done = await attempt(async (one) => {
        const records = await one.send({
          topic,
          acks: ALL_IN_SYNC,
          timeout: timeoutMs,
          messages,
        })
        const places = records.map(
          (each) => `partition ${each.partition}, offset ${each.baseOffset}`,
        )
        return `${topic}: ${places.join('; ')}`
      }, signal)
      if (typeof done !== 'string') return done
      heard?.(done)
      return { kind: 'delivered' }
    }),
    async check() {
      const done = await attempt(async () => 'connected')
      return typeof done === 'string' ? undefined : done.reason
    },
    close: drop,
  }
}

async function openProducer(clients: KafkaClients): Promise<Producer> {
  const { Partitioners } = (await import('kafkajs')).default
  const client = await clients.open(0) // the queue in front of the sink tries again
  const producer = client.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  return producer
}

/** Rejects once the signal says so. */
function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** What a broker says cannot be helped by trying again, it is not asked again. */
function failureOf(
  error: unknown,
  refused: AddressRefused | undefined,
  timeoutMs?: number,
): Undelivered {
  if (refused !== undefined) return readFailure(refused)
  const cause = rootOf(error)
  const isFinal = cause.retriable === false && /Protocol|SASL/.test(cause.name ?? '')
  if (isFinal) {
    const isOfContent = OF_CONTENT.has(String(cause.type))
    return {
      kind: 'refused',
      reason: readFailure(cause).reason,
      ...(isOfContent && { isOfContent }),
    }
  }
  return readFailure(cause, timeoutMs)
}
