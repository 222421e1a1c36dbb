/**
 * Epochs: what the partitions hand in where an epoch ends, and what is known once all have done so.
 *
 * Whoever finds all shares of an epoch there merges them, in the order of the partitions, with what
 * was known before. The result is the same whoever does it, so that it may be done twice.
 */
import type { Redis } from 'ioredis'
import { pack, unpack } from 'msgpackr'
import {
  type Knowledge,
  loadKnowledge,
  mergeKnowledge,
  type SavedKnowledge,
  saveKnowledge,
} from '../scoring/knowledge.ts'
import type { Keys } from './keys.ts'

/** Partitions of one process lie at most so many epochs apart: the fast wait for the slow. */
const EPOCHS_CACHED = 4
/** Older knowledge removed with each merge: what a slow merger may have written again goes too. */
const EPOCHS_SWEPT = 4

export interface Epochs {
  /** What was known at the end of the epoch, or undefined where a share is missing still. */
  knownAfter(epoch: number): Promise<Knowledge | undefined>
}

export function openEpochs(client: Redis, keys: Keys, partitions: number): Epochs {
  const cache = new Map<number, Knowledge>()
  const asked = new Map<number, Promise<Knowledge | undefined>>()

  async function knownAfter(epoch: number): Promise<Knowledge | undefined> {
    if (epoch < 0) return new Map()
    const cached = cache.get(epoch)
    if (cached !== undefined) return cached
    let answer = asked.get(epoch)
    if (answer === undefined) {
      answer = find(epoch).finally(() => asked.delete(epoch))
      asked.set(epoch, answer)
    }
    return answer
  }

  async function find(epoch: number): Promise<Knowledge | undefined> {
    const known = (await read(epoch)) ?? (await merge(epoch))
    if (known === undefined) return undefined
    cache.set(epoch, known)
    for (const old of cache.keys()) if (old <= epoch - EPOCHS_CACHED) cache.delete(old)
    return known
  }

  async function read(epoch: number): Promise<Knowledge | undefined> {
    if (epoch < 0) return new Map()
    const saved = await client.getBuffer(keys.knowledge(epoch))
    return saved === null ? undefined : thaw(saved)
  }

  async function merge(epoch: number): Promise<Knowledge | undefined> {
    if ((await client.hlen(keys.shares(epoch))) < partitions) return undefined
    if ((await knownAfter(epoch - 1)) === undefined) return undefined
    const [before, shares] = await Promise.all([
      read(epoch - 1), // a copy of its own: merging changes it
      client.hgetallBuffer(keys.shares(epoch)),
    ])
    const inOrder = Array.from({ length: partitions }, (_, partition) => shares[String(partition)])
    if (before === undefined || inOrder.some((share) => share === undefined)) return undefined
    const known = mergeKnowledge(
      before,
      inOrder.map((share) => thaw(share!)), // none is missing: asked in the line above
    )
    const past = Array.from({ length: EPOCHS_SWEPT }, (_, age) => keys.knowledge(epoch - 2 - age))
    // All have handed in this epoch, so all know the one before it, and nobody asks further back.
    await client
      .multi()
      .set(keys.knowledge(epoch), freeze(known), 'NX')
      .del(keys.shares(epoch), ...past)
      .exec()
    return known
  }

  return { knownAfter }
}

export function freeze(knowledge: Knowledge): Buffer {
  return pack(saveKnowledge(knowledge))
}

export function thaw(saved: Buffer): Knowledge {
  return loadKnowledge(unpack(saved) as SavedKnowledge)
}
