/**
 * BullMQ: takes the jobs of a queue, whatever language added them.
 *
 * The data of a job is an event, an array of events or another body of a known format, or
 * `{"format", "body"}`. A job is completed once it is taken in, and answers with what came of its records; it
 * fails, for good, where none of them can be used. Jobs that wait are taken in together, in their order.
 *
 * Source    BullMQ 5 or later, for Node, Python, Elixir and PHP.
 */
import { type Queue, Worker } from 'bullmq'
import { z } from 'zod'
import { closeClient, closeWorker, openClient, openQueue } from '../runtime/connection.ts'
import { createJobBatches } from './job-batches.ts'
import { problemOfKey, redisPlace, redisPlaceOptions } from './redis-place.ts'
import { aborted, Sessions } from './sessions.ts'
import {
  type Inlet,
  type Source,
  type SourceKind,
  type SourceParts,
  sourceOptions,
} from './source.ts'

/** Jobs kept for somebody who looks, where their producer does not say; a queue would grow for good. */
const COMPLETED_MAX = 1_000
const FAILED_MAX = 10_000
/** What waits to be taken, or is being taken. */
const NOT_DONE = ['wait', 'active', 'prioritized'] as const

const schema = z.strictObject({
  ...sourceOptions('bullmq'),
  ...redisPlaceOptions,
  queue: z
    .string()
    .regex(/^[^:]{1,255}$/, { error: 'expected a name without colons' })
    .describe('Name of the queue.'),
  prefix: z
    .string()
    .min(1)
    .max(255)
    .default('bull')
    .describe('With which its keys begin; in a cluster it has braces.'),
  jobs: z
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .describe('Jobs taken at a time. More is cheaper for each; less holds less memory.'),
})

export type BullmqConfig = z.output<typeof schema>

export const bullmq: SourceKind<BullmqConfig> = {
  type: 'bullmq',
  title: 'BullMQ',
  schema,
  open: openBullmq,
}

function openBullmq(config: BullmqConfig, parts: SourceParts): Source {
  const { name, queue, prefix, jobs } = config
  const { log } = parts
  const key = `${prefix}:${queue}`
  const place = redisPlace(config, key, parts)
  const sessions = new Sessions(name, log)
  let connected: Queue | undefined

  /** Works until the signal comes; BullMQ connects again by itself. */
  async function session(inlet: Inlet, signal: AbortSignal, reads: () => void): Promise<void> {
    const client = openClient(await place(), log)
    const looking = openQueue(queue, client, prefix, log)
    const worker = new Worker(queue, createJobBatches(inlet, signal), {
      connection: client,
      prefix,
      concurrency: jobs,
      maxStalledCount: Number.MAX_SAFE_INTEGER, // a process that dies is no fault of the job's
      removeOnComplete: { count: COMPLETED_MAX },
      removeOnFail: { count: FAILED_MAX },
    })
    worker.on('error', (error) => log.debug({ err: error, source: name }, 'queue of a source'))
    try {
      await worker.waitUntilReady()
      connected = looking
      reads()
      await aborted(signal)
    } finally {
      connected = undefined
      await closeWorker(worker, client)
      await looking.close()
      closeClient(client)
    }
  }

  return {
    name,
    read: (inlet, signal) => sessions.run((reads) => session(inlet, signal, reads), signal),
    async check() {
      if (!sessions.isReading) return problemOfKey(place, `${key}:wait`, 'list')
      await connected?.getJobCounts('wait') // throws where Redis is away
      return sessions.trouble
    },
    async lag() {
      const counts = await connected?.getJobCounts(...NOT_DONE)
      return counts && Object.values(counts).reduce((sum, count) => sum + count, 0)
    },
  }
}
