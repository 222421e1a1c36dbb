/** Drained: nothing waits, nothing is under way, and every alert has reached its sinks. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { answersTo } from './connection.ts'
import { eventQueueName, type Keys } from './keys.ts'
import { sinkBacklogs } from './sink-backlogs.ts'

/** Redis may be failing over. */
const OUTAGE_MS_MAX = 30_000
const POLL_MS = 25

export interface Backlog {
  /** Jobs of events that wait or are under way. */
  readonly eventJobs: number
  /** Alerts that wait, are under way, or are to be tried again. */
  readonly alerts: number
}

export async function backlogOf(
  client: Redis,
  keys: Keys,
  partitions: number,
  sinks: readonly string[],
): Promise<Backlog> {
  const pipeline = client.pipeline()
  const lists = ['wait', 'active', 'paused']
  for (let partition = 0; partition < partitions; partition++) {
    for (const list of lists) pipeline.llen(`${keys.root}:${eventQueueName(partition)}:${list}`)
  }
  const counts = await answersTo(pipeline)
  const eventJobs = counts.reduce<number>((sum, count) => sum + Number(count), 0)
  const alerts = (await sinkBacklogs(client, keys, sinks)).reduce(
    (sum, one) => sum + one.waiting,
    0,
  )
  return { eventJobs, alerts }
}

/** Resolves once nothing is left; asks `read` until then. Throws what `read` throws for long. */
export async function drained(
  read: () => Promise<Backlog>,
  signal?: AbortSignal | undefined,
): Promise<void> {
  for (let failingMs: number | undefined; ; ) {
    try {
      const { eventJobs, alerts } = await read()
      if (eventJobs === 0 && alerts === 0) return
      failingMs = undefined
    } catch (error) {
      failingMs ??= performance.now()
      if (performance.now() - failingMs > OUTAGE_MS_MAX) throw error
    }
    signal?.throwIfAborted()
    await sleep(POLL_MS)
  }
}
