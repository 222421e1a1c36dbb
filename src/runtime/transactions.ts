/**
 * Transactions: the connections on which the partitions of a worker write.
 *
 * What a connection watches holds for all that is sent on it, so one transaction has it alone. A few
 * connections serve any number of partitions: a transaction takes about as long as Redis works on it,
 * and Redis works on one at a time.
 */
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
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

export class Transactions {
  private readonly connections: readonly Connection[]

  constructor(address: RedisAddress, keys: Keys, partitions: number, log: RuntimeLog) {
    const count = Math.min(TRANSACTIONS_MAX, partitions)
    this.connections = Array.from({ length: count }, (_, nth) => {
      const client = openClient(address, log)
      const opened = openQueue(eventQueueName(nth), client, keys.root, log)
      return { client, opened, queue: opened, last: Promise.resolve() }
    })
  }

  /** Runs `work` as the only one on its connection, after those of its connection that came before. */
  run<Result>(
    partition: number,
    work: (place: TransactionPlace) => Promise<Result>,
  ): Promise<Result> {
    const one = this.connections[partition % this.connections.length]! // there is at least one
    const result = one.last.then(() => work(one))
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
