/** A stream that has been running for a while, without having to run it. */
import type { Redis } from 'ioredis'
import { freeze } from '../../src/runtime/epochs.ts'
import type { Keys } from '../../src/runtime/keys.ts'
import { epochOf } from '../../src/scoring/knowledge.ts'

/**
 * Has an empty store begin at a later number, where epochs are longer. Nothing has been learned from
 * the events before.
 */
export async function age(client: Redis, keys: Keys, partitions: number, number: number) {
  const epoch = epochOf(number)
  const multi = client.multi().hset(keys.intake, { number })
  for (let partition = 0; partition < partitions; partition++) {
    multi.hset(keys.position(partition), { number, epoch })
  }
  for (const known of [epoch - 2, epoch - 1]) {
    if (known >= 0) multi.set(keys.knowledge(known), freeze(new Map()))
  }
  await multi.exec()
}
