/** Connections to Redis, the queues on them, and transactions that may hold a queue's jobs. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type JobsOptions, Queue, type Worker } from 'bullmq'
import { type ChainableCommander, Redis } from 'ioredis'
import type { BaseLogger } from 'pino'
import { EngineError } from '../errors.ts'
import type { DeliveryOptions } from './options.ts'
import { type RedisAddress, redisOptions } from './redis-address.ts'

/** Between two attempts to connect again; doubled from the first to the last. */
const RECONNECT_MS_MIN = 50
const RECONNECT_MS_MAX = 2_000
/** BullMQ writes a stream of what happens to jobs; nobody reads it. */
const QUEUE_EVENTS_MAX = 10
/** For the jobs that are under way when a worker closes; longer than any that is cut by then. */
const CLOSE_MS_MAX = 10_000

export type RuntimeLog = Pick<BaseLogger, 'debug' | 'info' | 'warn' | 'error'>

/**
 * Opens a connection on which nothing is ever sent twice: what was under way when it broke fails at
 * once. Sent again, a transaction would no longer be guarded by the WATCH that went before it.
 */
export function openClient(address: RedisAddress, log: RuntimeLog): Redis {
  const client = new Redis({
    ...redisOptions(address),
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(RECONNECT_MS_MIN * 2 ** times, RECONNECT_MS_MAX),
  })
  client.on('error', (error: Error) => log.debug({ err: error }, 'Redis connection'))
  return client
}

/** A connection that has been asked to end ends at once; there is nothing left to wait for. */
export function closeClient(client: Redis): void {
  client.disconnect()
}

/**
 * Closes a worker of BullMQ once the jobs under way are done. Where Redis has gone, BullMQ would wait for
 * it for good: it is let go of at once then, or, where Redis goes meanwhile, after `CLOSE_MS_MAX`.
 *
 * @param client the connection that the worker was given
 */
export async function closeWorker(worker: Pick<Worker, 'close'>, client: Redis): Promise<void> {
  const closed = new AbortController()
  const late = sleep(CLOSE_MS_MAX, undefined, { signal: closed.signal }).catch(() => {})
  await Promise.race([worker.close(client.status !== 'ready'), late])
  closed.abort()
}

/** Opens a queue on a connection which stays the caller's to close. */
export function openQueue(name: string, client: Redis, root: string, log: RuntimeLog): Queue {
  const queue = new Queue(name, {
    connection: client,
    prefix: root,
    skipMetasUpdate: true,
    streams: { events: { maxLen: QUEUE_EVENTS_MAX } },
  })
  queue.on('error', (error) => log.debug({ err: error, queue: name }, 'queue'))
  return queue
}

/** Done jobs are forgotten, but for the latest few, which help somebody who looks. */
export const JOB_OPTIONS: JobsOptions = { removeOnComplete: 10, removeOnFail: 100 }

/** Of a job that takes an alert to a sink: `delivery.ts` says how long each pause is. */
export function alertJobOptions({ retryMs }: Pick<DeliveryOptions, 'retryMs'>): JobsOptions {
  return {
    attempts: retryMs.length + 1,
    backoff: { type: 'custom' },
    removeOnComplete: 100,
    removeOnFail: 100,
  }
}

export interface Transaction {
  /** For commands, and for `job.addJob`. */
  readonly multi: ChainableCommander
  /** Answers false where a watched key was changed, and nothing was done. */
  exec(): Promise<boolean>
}

/**
 * Begins a transaction on the connection of a queue. `multi.hset` takes an object of fields.
 *
 * A script that fails inside a transaction does not undo the others: it answers a negative number,
 * which is thrown. None of ours can, unless the jobs of BullMQ were tampered with.
 */
export async function beginOn(queue: Pick<Queue, 'backend'>): Promise<Transaction> {
  const client = await queue.backend.client
  const multi = client.multi() as unknown as ChainableCommander
  return {
    multi,
    async exec() {
      const replies = await multi.exec()
      if (replies === null) return false
      for (const [error, reply] of replies) {
        if (error !== null) throw error
        if (typeof reply === 'number' && reply < 0) {
          throw new EngineError(
            'STORE_UNREACHABLE',
            `A job was not added: BullMQ answers ${reply}.`,
          )
        }
      }
      return true
    },
  }
}

/** What the commands of a pipeline answer. Throws what the first of them failed with. */
export async function answersTo(pipeline: ChainableCommander): Promise<unknown[]> {
  return ((await pipeline.exec()) ?? []).map(([error, answer]) => {
    if (error !== null) throw error
    return answer
  })
}

/** Whatever a connection throws, as a failure that passes. Our own failures stay what they are. */
export function storeFailure(error: unknown): EngineError {
  if (error instanceof EngineError) return error
  // Of a transaction that was given up, what its first command met says more.
  const { previousErrors } = error as { readonly previousErrors?: readonly Error[] }
  const told = previousErrors?.[0] ?? error
  const why = told instanceof Error ? told.message : String(told)
  return new EngineError('STORE_UNREACHABLE', `Redis does not do as asked: ${why}.`, {
    cause: error,
  })
}
