/** What can be set about the queues, the workers, their training and the delivery of alerts. */
import { z } from 'zod'
import { PAUSE_MS_MAX } from './pace.ts'

/** One partition is one loop; more than this would be more loops than any machine has cores. */
export const PARTITIONS_MAX = 256

/** Hash tag of a stream that is not named otherwise. */
export const SHARD_DEFAULT = '0'

const file = z.string().min(1).max(4_096)

export const redisTlsSchema = z.strictObject({
  /** File with the certificates (PEM) that are trusted instead of the system's. @default none */
  ca: file.optional(),
  /** Files with the certificate and key (PEM) by which Redis knows us. @default none */
  cert: file.optional(),
  key: file.optional(),
  /** The name that must stand in Redis' certificate. @default the host of the URL */
  servername: z.string().min(1).max(255).optional(),
})
export type RedisTlsOptions = z.output<typeof redisTlsSchema>

export const sentinelSchema = z.strictObject({
  /** Who we are to the Sentinels; the URL says who we are to Redis. @default nobody */
  username: z.string().min(1).max(255).optional(),
  /** @default none */
  password: z.string().min(1).max(1_024).optional(),
})
export type SentinelOptions = z.output<typeof sentinelSchema>

/** A server with more replicas than these to wait for is slow for nothing. */
export const REPLICAS_MAX = 5

export const streamSchema = z.strictObject({
  /**
   * Into how many parts the stream of events is split, by agent; each is worked on by one worker at a
   * time, so it bounds how many workers share the load. It is fixed when Redis is first used: another
   * number needs another `redis.prefix` or `shard`. 1 to 256. More scales further and makes each
   * commit smaller, hence dearer. @default 8
   */
  partitions: z.number().int().min(1).max(PARTITIONS_MAX).default(8),
  /** Names this stream among those in one Redis; one slot of a cluster holds it. @default '0' */
  shard: z
    .string()
    .regex(/^[\w.-]{1,32}$/, { error: 'expected letters, digits, dots and dashes' })
    .default(SHARD_DEFAULT),
  /**
   * Jobs that may wait over all partitions; beyond it ingest answers 503. A job holds up to 512
   * events, so count 0.3 MB of Redis memory for each. More absorbs longer outages of the workers.
   * 1 to 1,000,000. @default 10,000
   */
  queueJobsMax: z.number().int().min(1).max(1_000_000).default(10_000),
  /**
   * How far ahead of the ingest clock an event may lie, in ms; those further ahead are rejected,
   * because one of them would age everything that was learned. 0 to 30 days. @default 1 day
   */
  clockSkewMsMax: z.number().int().min(0).max(2_592_000_000).default(86_400_000),
})
export type StreamOptions = z.output<typeof streamSchema>

const queueShare = z.number().min(0.01).max(1)
const eventsPerS = z.number().min(0).max(1e9)
const burstS = z.number().min(1).max(3_600)

export const quotaSchema = z.strictObject({
  /**
   * Share of `stream.queueJobsMax` that a tenant may fill while the others leave the queue empty; beyond
   * it its batches are answered with 429. Each may fill share / (1 - share) times what is free, so that
   * where several fill it there is always room for one more. More absorbs longer outages of the workers
   * for one tenant, less leaves more to the others. 0.01 to 1, which is no bound. @default 0.8
   */
  queueShare: queueShare.default(0.8),
  /**
   * Events of a tenant taken in a second, by all ingests together; beyond it 429, with the time until
   * there is enough again. Less keeps a burst of one tenant from delaying the others' events behind it.
   * 0 to 1e9; 0 for no bound. @default 0
   */
  eventsPerS: eventsPerS.default(0),
  /** Seconds' worth of events that may come at once after a pause. 1 to 3,600. @default 10 */
  burstS: burstS.default(10),
  /** Tenants with quotas of their own: `{"acme": {"eventsPerS": 500}}`. @default none */
  tenants: z
    .record(
      z.string().min(1).max(256),
      z.strictObject({
        queueShare: queueShare.optional(),
        eventsPerS: eventsPerS.optional(),
        burstS: burstS.optional(),
      }),
    )
    .default({}),
})
export type QuotaOptions = z.output<typeof quotaSchema>

/** What one can go back to is four weeks at most. */
export const SNAPSHOTS_MAX = 28

export const workerSchema = z.strictObject({
  /**
   * After so many ms without a sign of life a worker's partitions go to others, a third of it later at
   * most. Less recovers faster, more forgives longer pauses. 500 ms to 60 s. @default 5 s
   */
  leaseMs: z.number().int().min(500).max(60_000).default(5_000),
  /**
   * After so many ms without a sign of life a job of a worker that died is handed out again. Less
   * recovers faster, more forgives longer pauses. 500 ms to 120 s. @default 10 s
   */
  jobLockMs: z.number().int().min(500).max(120_000).default(10_000),
  /**
   * Agents whose memory is kept in the process, for each partition it works on; the others are read
   * from Redis when they act. Those of the batch at hand come on top, at most as many again or those of
   * one job. One takes some 10 to 50 KB. More saves reading. 1 to 1,000,000.
   * @default 5,000
   */
  agentsInMemoryMax: z.number().int().min(1).max(1_000_000).default(5_000),
  /**
   * Events gathered from waiting jobs before their effects are written, when there is a backlog. More
   * is cheaper for each event; less shows alerts sooner. 1 to 65,536. @default 4,096
   */
  eventsPerCommitMax: z.number().int().min(1).max(65_536).default(4_096),
  /**
   * Days of each agent whose baselines are kept as they were at the day's end, to go back to. Each
   * takes about 4 KB an agent in Redis. 0 to 28; a multiple of 7 would keep one weekday of an agent
   * that works once a week. @default 8
   */
  snapshots: z.number().int().min(0).max(SNAPSHOTS_MAX).default(8),
  /** Where a worker alone answers /healthz, /readyz and /metrics. @default 127.0.0.1 */
  host: z.string().min(1).max(255).default('127.0.0.1'),
  /** Port for that; 0 takes a free one. @default none: it answers nothing */
  port: z.number().int().min(0).max(65_535).optional(),
})
export type WorkerOptions = z.output<typeof workerSchema>

export const trainingSchema = z.strictObject({
  /**
   * How often, in ms, a model is trained on the stream's own behaviour where it is called for: by one
   * worker at a time, beside the scoring. 0 leaves it to `perimeter models train`. Less follows changes
   * sooner and costs a core a minute each time. Give all workers the same. 0 to 30 days. @default 1 day
   */
  intervalMs: z.number().int().min(0).max(2_592_000_000).default(86_400_000),
  /**
   * Samples of behaviour kept for it, over all tenants, which share the room; the recent ones more likely.
   * Count 300 bytes of Redis memory for each. More serves rare blueprints better; 0 keeps none, and
   * nothing can be trained. 0 to 100,000. @default 50,000
   */
  samplesMax: z.number().int().min(0).max(100_000).default(50_000),
  /**
   * With fewer samples none is trained: some days of a small company. Less trusts a model sooner that
   * knows little. 500 to 100,000. @default 5,000
   */
  samplesMin: z.number().int().min(500).max(100_000).default(5_000),
  /**
   * By which share of the error of the model in use, on behaviour that was held back, a new one has to do
   * better to take its place. More changes models seldom. 0 to 0.9. @default 0.05
   */
  margin: z.number().min(0).max(0.9).default(0.05),
  /**
   * Whether a better model is gone over to by itself, or kept until `perimeter models activate`.
   * @default 'automatic'
   */
  activation: z.enum(['automatic', 'by hand']).default('automatic'),
})
export type TrainingOptions = z.output<typeof trainingSchema>

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** The schedule Standard Webhooks recommends: ten attempts over three days. */
const RETRY_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
]

export const deliverySchema = z.strictObject({
  /** Alerts under way to one sink at once, in one worker. 1 to 100. @default 4 */
  concurrency: z.number().int().min(1).max(100).default(4),
  /**
   * Pauses between the attempts at one alert, in ms; after the last it goes to the dead letters.
   * A receiver that names a later time gets it. @default 5 s, 5 min, 30 min, 2, 5, 10, 14, 20, 24 h
   */
  retryMs: z.array(z.number().int().min(0).max(604_800_000)).max(50).default(RETRY_MS),
  /**
   * After so many failures in a row, with no success between, a worker sends a sink nothing for a while,
   * and then one alert to see; what waits meanwhile uses up no attempt. 0 never pauses. 0 to 10,000.
   * @default 50
   */
  pauseAfter: z.number().int().min(0).max(10_000).default(50),
  /** The first such pause, in ms; each further one is twice as long, to 10 min at most. @default 5 s */
  pauseMs: z.number().int().min(100).max(PAUSE_MS_MAX).default(5_000),
})
export type DeliveryOptions = z.output<typeof deliverySchema>
