/**
 * Readiness of a worker: why it does not do its share of the work, if it does not.
 *
 * Being ready is to hold what falls to it and to get on with it. That it lives is another question,
 * which `/healthz` answers: to restart a worker because Redis is gone would help nobody.
 */
import type { Redis } from 'ioredis'
import type { Keys } from './keys.ts'

/** Waiting longer than this where an epoch ends means that another partition does not get on. */
const EPOCH_WAIT_MS_MAX = 60_000
/** What is written to see that it can be is gone soon after. */
const PROBE_MS = 1_000

/** A partition that is held, as it sees itself. */
export interface HeldPartition {
  readonly epochWaitMs: number
  readonly trouble: string | undefined
}

/** Throws what Redis says where it does not take a write: read-only, full, or failing to persist. */
export async function probeWrite(client: Redis, keys: Keys, who: string): Promise<void> {
  await client.set(keys.probe(who), '', 'PX', PROBE_MS)
}

/**
 * Undefined where all is well, or everything that is not, in sentences.
 *
 * @param partitionCount of the whole stream
 */
export async function problemOfWorker(
  client: Redis,
  keys: Keys,
  partitionCount: number,
  worker: string,
  held: ReadonlyMap<number, HeldPartition>,
): Promise<string | undefined> {
  const [, workers] = await Promise.all([
    probeWrite(client, keys, worker),
    client.zcard(keys.workers),
  ])
  const problems: string[] = []
  const share = Math.floor(partitionCount / Math.max(1, workers))
  if (held.size < share) {
    problems.push(`it holds ${held.size} partitions of the ${share} that are its share`)
  }
  for (const [partition, { epochWaitMs, trouble }] of held) {
    if (trouble !== undefined) problems.push(`partition ${partition} begins again: ${trouble}`)
    if (epochWaitMs > EPOCH_WAIT_MS_MAX) {
      const waitS = Math.round(epochWaitMs / 1_000)
      problems.push(`partition ${partition} has waited ${waitS} s for others to end the epoch`)
    }
  }
  return problems.length === 0 ? undefined : problems.join('; ')
}
