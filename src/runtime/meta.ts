/** What is fixed when a shard is first used, and must be the same ever after. */
import type { Redis } from 'ioredis'
import { EngineError } from '../errors.ts'
import type { Keys } from './keys.ts'

/** Throws CONFIG_INVALID where the shard was begun with another number of partitions. */
export async function fixPartitions(client: Redis, keys: Keys, partitions: number): Promise<void> {
  await client.hsetnx(keys.meta, 'partitions', partitions)
  const fixed = Number(await client.hget(keys.meta, 'partitions'))
  if (fixed === partitions) return
  const message =
    `stream.partitions is ${partitions}, but Redis holds a stream of ${fixed}: ` +
    `expected ${fixed}, or another redis.prefix to begin anew.`
  throw new EngineError('CONFIG_INVALID', message)
}
