/**
 * Epochs: what the partitions hand in where an epoch ends, and what is known once all have done so.
 *
 * Whoever finds all shares of an epoch there merges them, in the order of the partitions, with what
 * was known before. The result is the same whoever does it, so that it may be done twice. With it go the
 * model and the agent registry that are wished for by then: whoever is first to write the knowledge decides
 * for all.
 *
 * What this process has in memory anyway is not read from Redis again. Two knowledges take turns: what
 * was known two epochs ago is used by nobody once all have handed in this one, and two epochs' shares
 * joined to it make it the latest.
 */
import type { Redis } from 'ioredis'
import { pack, unpack } from 'msgpackr'
import type { Registry } from '../agent/registry.ts'
import type { Model } from '../detectors/autoencoder/model.ts'
import {
  type Knowledge,
  loadKnowledge,
  mergeKnowledge,
  reuse,
  type SavedKnowledge,
  saveKnowledge,
} from '../scoring/knowledge.ts'
import { answersTo } from './connection.ts'
import type { Keys } from './keys.ts'
import { ACTIVATIONS_MAX, versionAt } from './model-store.ts'

/** Partitions of one process lie at most so many epochs apart: the fast wait for the slow. */
const EPOCHS_CACHED = 4
/** Older knowledge removed with each merge: what a slow merger may have written again goes too. */
const EPOCHS_SWEPT = 4

/**
 * Writes what is known at the end of an epoch unless it is written, and then which model and registry go
 * with it, where others are wished for than went with the epoch before. What is decided of an epoch never
 * changes. KEYS knowledge, merged, and of each kind its wish and its activations. ARGV knowledge, epoch,
 * activations kept.
 */
const CONCLUDE = `
if not redis.call('SET', KEYS[1], ARGV[1], 'NX') then return 0 end
if tonumber(ARGV[2]) <= tonumber(redis.call('GET', KEYS[2]) or '-1') then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
for at = 3, #KEYS, 2 do
  local wished = redis.call('HGET', KEYS[at], 'version')
  local latest = redis.call('ZRANGE', KEYS[at + 1], -1, -1)[1] or ':'
  if wished and wished ~= string.sub(latest, string.find(latest, ':') + 1) then
    redis.call('ZADD', KEYS[at + 1], ARGV[2], ARGV[2] .. ':' .. wished)
    redis.call('ZREMRANGEBYRANK', KEYS[at + 1], 0, -1 - tonumber(ARGV[3]))
  end
end
return 1`

/** What the partitions go on with. */
export interface Known {
  readonly knowledge: Knowledge
  readonly model: Model | undefined
  readonly registry: Registry | undefined
}

/** Answer what goes with an epoch, by its version; see `openModels` and `openRegistries`. */
export interface Versions {
  readonly modelOf: (version: string) => Promise<Model | undefined>
  readonly registryOf: (version: string) => Promise<Registry | undefined>
}

export interface Epochs {
  /** Told, once it is written, what a partition of this process has handed in. It is given away. */
  handIn(epoch: number, partition: number, share: Knowledge): void
  /** What was known at the end of the epoch, or undefined where a share is missing still. */
  knownAfter(epoch: number): Promise<Known | undefined>
}

export function openEpochs(
  client: Redis,
  keys: Keys,
  partitions: number,
  { modelOf, registryOf }: Versions,
): Epochs {
  const registries = { activations: keys.registryActivations }
  const cache = new Map<number, Known>()
  /** By epoch, what was known at its end as it is written: what no share touches is not saved anew. */
  const written = new Map<number, SavedGroups>()
  const asked = new Map<number, Promise<Known | undefined>>()
  /** By epoch and partition. */
  const held = new Map<number, Map<number, Knowledge>>()
  // A Redis that comes back may have lost the end of the stream, and something else follows.
  client.on('close', () => {
    for (const kept of [cache, written, held]) kept.clear()
  })

  function handIn(epoch: number, partition: number, share: Knowledge): void {
    const shares = held.get(epoch) ?? new Map<number, Knowledge>()
    held.set(epoch, shares.set(partition, share))
  }

  async function knownAfter(epoch: number): Promise<Known | undefined> {
    const cached = cache.get(epoch)
    if (cached !== undefined) return cached
    let answer = asked.get(epoch)
    if (answer === undefined) {
      answer = find(epoch).finally(() => asked.delete(epoch))
      asked.set(epoch, answer)
    }
    return answer
  }

  async function find(epoch: number): Promise<Known | undefined> {
    const knowledge = (await read(epoch)) ?? (await merge(epoch))
    if (knowledge === undefined) return undefined
    const model = await modelOf(await versionAt(client, keys, epoch))
    const registry = await registryOf(await versionAt(client, registries, epoch))
    const known = { knowledge, model, registry }
    cache.set(epoch, known)
    for (const kept of [cache, written, held]) {
      for (const old of kept.keys()) if (old <= epoch - EPOCHS_CACHED) kept.delete(old)
    }
    return known
  }

  async function read(epoch: number): Promise<Knowledge | undefined> {
    if (epoch < 0) return new Map()
    const saved = await client.getBuffer(keys.knowledge(epoch))
    if (saved === null) return undefined
    const groups = unpack(saved) as SavedKnowledge
    written.set(epoch, new Map(groups.map((group) => [group[0], group])))
    return loadKnowledge(groups)
  }

  async function merge(epoch: number): Promise<Knowledge | undefined> {
    if ((await client.hlen(keys.shares(epoch))) < partitions) return undefined
    if ((await knownAfter(epoch - 1)) === undefined) return undefined
    const shares = await sharesOf(epoch)
    if (shares === undefined) return undefined
    const known = joined(epoch, shares) ?? (await joinedAnew(epoch, shares))
    if (known === undefined) return undefined
    const saved = savedAfter(written.get(epoch - 1), known, shares)
    written.set(epoch, saved)
    const past = Array.from({ length: EPOCHS_SWEPT }, (_, age) => keys.knowledge(epoch - 2 - age))
    // All have handed in this epoch, so all know the one before it, and nobody asks further back.
    const ofRegistries = [keys.registryWish, keys.registryActivations]
    const decided = [keys.merged, keys.modelWish, keys.activations, ...ofRegistries]
    const bytes = pack([...saved.values()])
    const multi = client
      .multi()
      .eval(CONCLUDE, 6, keys.knowledge(epoch), ...decided, bytes, epoch, ACTIVATIONS_MAX)
      .del(keys.shares(epoch), ...past)
    await answersTo(multi)
    return known
  }

  /** In the order of the partitions; undefined where one is missing. */
  async function sharesOf(epoch: number): Promise<Knowledge[] | undefined> {
    const inMemory = held.get(epoch) ?? new Map<number, Knowledge>()
    const all = Array.from({ length: partitions }, (_, partition) => partition)
    const others = all.filter((partition) => !inMemory.has(partition))
    if (others.length > 0) {
      const saved = await client.hmgetBuffer(keys.shares(epoch), ...others.map(String))
      for (const [at, share] of saved.entries()) {
        if (share !== null) inMemory.set(others[at]!, thaw(share)) // an answer for each of them
      }
    }
    const shares = all.flatMap((partition) => inMemory.get(partition) ?? [])
    if (shares.length < partitions) return undefined
    held.set(epoch, inMemory)
    return shares
  }

  /** Joins two epochs' shares to what was known before them, where that is in memory. */
  function joined(epoch: number, shares: readonly Knowledge[]): Knowledge | undefined {
    const spent = cache.get(epoch - 2)
    const earlier = held.get(epoch - 1)
    if (spent === undefined || earlier === undefined || earlier.size < partitions) return undefined
    const inOrder = Array.from({ length: partitions }, (_, partition) => earlier.get(partition)!)
    cache.delete(epoch - 2)
    held.delete(epoch - 1)
    mergeKnowledge(spent.knowledge, inOrder)
    reuse(inOrder)
    return mergeKnowledge(spent.knowledge, shares)
  }

  async function joinedAnew(
    epoch: number,
    shares: readonly Knowledge[],
  ): Promise<Knowledge | undefined> {
    const before = await read(epoch - 1) // a copy of its own: merging changes it
    return before && mergeKnowledge(before, shares)
  }

  return { handIn, knownAfter }
}

/** Groups as they are written, by key and in the order of the keys. */
type SavedGroups = ReadonlyMap<string, SavedKnowledge[number]>

/** What is known, saved: from the epoch before what no share touches, where that is there. */
function savedAfter(
  before: SavedGroups | undefined,
  known: Knowledge,
  shares: readonly Knowledge[],
): SavedGroups {
  const touched: Knowledge = before === undefined ? known : new Map()
  if (before !== undefined) {
    for (const share of shares) for (const key of share.keys()) touched.set(key, known.get(key)!) // joined
  }
  const anew = saveKnowledge(touched).map((group) => [group[0], group] as const)
  return new Map([...(before ?? []), ...anew].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

export function freeze(knowledge: Knowledge): Buffer {
  return pack(saveKnowledge(knowledge))
}

export function thaw(saved: Buffer): Knowledge {
  return loadKnowledge(unpack(saved) as SavedKnowledge)
}
