/** Progress: how far partitions have come and what they have still to do, as Redis has it. */
import type { Redis } from 'ioredis'
import { answersTo } from './connection.ts'
import { eventQueueName, type Keys } from './keys.ts'

export interface Progress {
  readonly partition: number
  /** The worker that holds it; undefined where nobody does. */
  readonly worker: string | undefined
  /** Jobs and events that were given to it and are not done. */
  readonly jobs: number
  readonly events: number
  /** Age of the oldest job that is not done, in ms by the clocks of the intake and of Redis. */
  readonly lagMs: number
  /** Agents stored. */
  readonly agents: number
  /** The epoch of the stream that it is in. */
  readonly epoch: number
}

/** Whom a lease belongs to: a token is the worker's name, a slash, and what tells its leases apart. */
export function workerOf(token: string): string {
  return token.split('/', 1)[0]! // a text has a first part
}

/** Asks twice, however many partitions: what there is, then how old the oldest jobs are. */
export async function progressOf(
  client: Redis,
  keys: Keys,
  partitions: readonly number[],
): Promise<Progress[]> {
  const first = client.pipeline().time()
  for (const partition of partitions) {
    const queue = `${keys.root}:${eventQueueName(partition)}`
    first
      .get(keys.lease(partition))
      .hmget(keys.intake, `order:${partition}`, `given:${partition}`)
      .hmget(keys.position(partition), 'order', 'given', 'epoch')
      .hlen(keys.agents(partition))
      .lindex(`${queue}:wait`, -1)
      .lindex(`${queue}:active`, -1)
  }
  const [time, ...answers] = await answersTo(first)
  const nowMs = Number((time as string[])[0]) * 1_000
  const read = partitions.map((partition, at) => {
    const [lease, [order, given], [orderDone, givenDone, epoch], agents, ...oldest] = answers.slice(
      6 * at,
      6 * at + 6,
    ) as [string | null, (string | null)[], (string | null)[], number, string | null, string | null]
    return {
      partition,
      worker: lease === null ? undefined : workerOf(lease),
      jobs: Math.max(0, Number(order) - Number(orderDone)),
      events: Math.max(0, Number(given) - Number(givenDone)),
      agents,
      epoch: Number(epoch),
      oldest: oldest.filter((id) => id !== null),
    }
  })

  const second = client.pipeline()
  for (const { partition, oldest } of read) {
    const queue = `${keys.root}:${eventQueueName(partition)}`
    for (const id of oldest) second.hget(`${queue}:${id}`, 'timestamp')
  }
  const times = second.length === 0 ? [] : await answersTo(second)
  let asked = 0
  return read.map(({ oldest, ...progress }) => {
    const its = times.slice(asked, asked + oldest.length)
    asked += oldest.length
    // A job that was done meanwhile has no time any more; one that is done and still listed is not late.
    const sinceMs = its.filter((one) => one !== null).map(Number)
    const isBehind = progress.jobs > 0 && sinceMs.length > 0
    return { ...progress, lagMs: isBehind ? Math.max(0, nowMs - Math.min(...sinceMs)) : 0 }
  })
}
