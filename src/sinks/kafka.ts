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
import { type AddressGuard, AddressRefused, createAddressGuard } from './address-guard.ts'
import { batchOption, inBatches } from './batch.ts'
import { connect } from './connection.ts'
import { readFailure, type Undelivered } from './http-delivery.ts'
import { reachOptions } from './reach.ts'
import { plainSecret, readSecret, secretSchema } from './secret.ts'
import { shapeNames, shapes } from './shapes/shape.ts'
import { type Sink, type SinkKind, sinkOptions } from './sink.ts'

const ALL_IN_SYNC = -1
/** What a broker calls it where it does not take what is in a record. */
const OF_CONTENT = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD'])
const broker = z
  .string()
  .regex(/^(?:[\w.-]{1,255}|\[[\da-f:]+\]):\d{1,5}$/i, { error: 'expected host:port' })

const schema = z
  .strictObject({
    ...sinkOptions('kafka'),
    brokers: z.array(broker).min(1).max(100).describe('Some of the brokers, as `host:port`.'),
    topic: z
      .string()
      .regex(/^[\w.-]{1,249}$/, { error: 'expected letters, digits, dots and dashes' })
      .describe('Topic to write to; it has to be there.'),
    shape: z
      .enum(shapeNames)
      .default('alert')
      .describe('The alert itself, an OCSF finding, or an ECS document.'),
    ...batchOption,
    tls: z.boolean().default(true).describe('Without it alerts travel readable.'),
    mechanism: z
      .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
      .default('scram-sha-512')
      .describe('How `username` and `password` are shown (SASL).'),
    username: z.string().min(1).max(255).optional().describe('Who we are to the brokers.'),
    password: secretSchema().optional().describe('Its password.'),
    ...reachOptions,
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    path: ['username'],
    error: 'expected both username and password, or neither',
  })

export type KafkaConfig = z.output<typeof schema>

export const kafka: SinkKind<KafkaConfig> = {
  type: 'kafka',
  title: 'Apache Kafka',
  schema,
  open: openKafka,
}

function openKafka(config: KafkaConfig): Sink {
  const { name, topic, timeoutMs } = config
  const guard = rememberingGuard(createAddressGuard(config.allowPrivate))
  const password = config.password && readSecret(config.password, 'password', plainSecret)
  let held: Promise<Producer> | undefined

  /** Connected; made anew after anything went wrong, for the brokers may have moved. */
  const producer = (): Promise<Producer> => {
    held ??= openProducer(config, guard, password)
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
      return failureOf(error, guard.refused(), timeout.aborted ? timeoutMs : undefined)
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

async function openProducer(
  config: KafkaConfig,
  guard: AddressGuard,
  password: string | undefined,
): Promise<Producer> {
  // Loaded where there is such a sink only.
  const { Kafka, logLevel, Partitioners } = (await import('kafkajs')).default
  const { brokers, timeoutMs, ca, username, mechanism } = config
  const tls = config.tls ? { ca } : undefined
  const client = new Kafka({
    clientId: 'perimeter',
    brokers,
    connectionTimeout: timeoutMs,
    authenticationTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    retry: { retries: 0 }, // the queue in front of the sink tries again
    logLevel: logLevel.NOTHING, // what goes wrong is thrown as well
    socketFactory: ({ host, port, onConnect }) => connect({ host, port, tls, guard }, onConnect),
    ...(username === undefined || password === undefined
      ? {}
      : { sasl: { mechanism: mechanism as 'plain', username, password } }),
  })
  const producer = client.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  return producer
}

/** kafkajs keeps of an error its message only, so the guard says itself what it refused last. */
function rememberingGuard(guard: AddressGuard) {
  let refused: AddressRefused | undefined
  return {
    admit(host: string, address: string) {
      try {
        guard.admit(host, address)
        refused = undefined
      } catch (error) {
        if (error instanceof AddressRefused) refused = error
        throw error
      }
    },
    refused: () => refused,
  }
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
  let cause = error as { cause?: unknown; retriable?: unknown; name?: string; type?: unknown }
  while (typeof cause.cause === 'object' && cause.cause !== null)
    cause = cause.cause as typeof cause
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
