/**
 * Transactions: the connections on which the partitions of a worker write.
 *
 * What a connection watches holds for all that is sent on it, so one transaction has it alone. A few
 * connections serve any number of partitions: a transaction takes about as long as Redis works on it,
 * and Redis works on one at a time.
 *
 * A Redis that comes back may have lost what it acknowledged last (`appendfsync everysec`), and others
 * may by now have written something else in its place. So what was read before a connection broke off
 * is not written after it: whoever wants to write says how many breaks there were when he read.
 */
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { EngineError } from '../errors.ts'
import { closeClient, openClient, openQueue, type RuntimeLog } from './connection.ts'
import { eventQueueName, type Keys } from './keys.ts'
import type { RedisAddress } from './redis-address.ts'

/** With so many, one reads what it watches while another writes. */
export const TRANSACTIONS_MAX = 4

export interface TransactionPlace {
  readonly client: Redis
  /** On that connection: transactions begin there. */
  readonly queue: Pick<Queue, 'backend'>
}

interface Connection extends TransactionPlace {
  readonly opened: Queue
  /** The latest of those that have it or wait for it. */
  last: Promise<unknown>
}

export interface TransactionParts {
  readonly address: RedisAddress
  readonly keys: Keys
  readonly partitions: number
  /** What is written was read on it. */
  readonly reading: Redis
  readonly log: RuntimeLog
}

export class Transactions {
  private readonly connections: readonly Connection[]
  private breakCount = 0

  constructor({ address, keys, partitions, reading, log }: TransactionParts) {
    const count = Math.min(TRANSACTIONS_MAX, partitions)
    this.connections = Array.from({ length: count }, (_, nth) => {
      const client = openClient(address, log)
      const opened = openQueue(eventQueueName(nth), client, keys.root, log)
      return { client, opened, queue: opened, last: Promise.resolve() }
    })
    for (const client of [reading, ...this.connections.map((one) => one.client)]) {
      client.on('close', () => this.breakCount++)
    }
  }

  /** How often a connection broke off so far. */
  get breaks(): number {
    return this.breakCount
  }

  /**
   * Runs `work` as the only one on its connection, after those of its connection that came before.
   * Throws STORE_UNREACHABLE where there were more than `since` breaks.
   */
  run<Result>(
    partition: number,
    since: number,
    work: (place: TransactionPlace) => Promise<Result>,
  ): Promise<Result> {
    const one = this.connections[partition % this.connections.length]! // there is at least one
    const result = one.last.then(() => {
      if (this.breakCount === since) return work(one)
      throw new EngineError('STORE_UNREACHABLE', 'The connection to Redis broke off meanwhile.')
    })
    one.last = result.catch(() => {}) // whoever asked for it is told
    return result
  }

  async close(): Promise<void> {
    for (const { client, opened } of this.connections) {
      await opened.close()
      closeClient(client)
    }
  }
}
